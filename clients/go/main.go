package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"log"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	ingestv1 "example.com/yours/gen/billingrails/ingest/v1"
)

func main() {
	properties, err := structpb.NewStruct(map[string]any{
		"billingrails_account_id": "acct_acme",
		"bytes":                   "12.5",
	})
	if err != nil {
		log.Fatal(err)
	}
	request := &ingestv1.IngestEventsRequest{Events: []*ingestv1.Event{{
		EventName:      "api_call",
		IdempotencyKey: "call-1",
		Properties:     properties,
	}}}
	if len(os.Args) < 3 {
		bytes, err := proto.Marshal(request)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(base64.StdEncoding.EncodeToString(bytes))
		return
	}
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+os.Args[2])
	answer, err := ingestv1.NewEventServiceClient(connection).IngestEvents(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	for _, event := range answer.Events {
		fmt.Println(event.IdempotencyKey)
	}
}
