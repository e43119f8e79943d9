// What every library is put to: docs/clients.md tells how the programs of the suite and the one that starts them talk.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"maps"
	"net/http"
	"os"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	billingrails "github.com/billingrails/billingrails/clients/go"
	billingv1 "github.com/billingrails/billingrails/clients/go/billingrails/billing/v1"
	ingestv1 "github.com/billingrails/billingrails/clients/go/billingrails/ingest/v1"
	invoicingv1 "github.com/billingrails/billingrails/clients/go/billingrails/invoicing/v1"
	meteringv1 "github.com/billingrails/billingrails/clients/go/billingrails/metering/v1"
)

type task struct {
	Key       string            `json:"key"`
	Address   string            `json:"address"`
	Addresses map[string]string `json:"addresses"`
	Events    string            `json:"events"`
	Half      int               `json:"half"`
	StartTime time.Time         `json:"start_time"`
	EndTime   time.Time         `json:"end_time"`
	Usage     []struct {
		MeterID string `json:"meter_id"`
		Profile string `json:"profile"`
	} `json:"usage"`
	Access struct {
		AccountID   string `json:"account_id"`
		FeatureCode string `json:"feature_code"`
	} `json:"access"`
	UnknownMeterID string `json:"unknown_meter_id"`
	Webhook        struct {
		Secret  string            `json:"secret"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	} `json:"webhook"`
}

type event struct {
	EventName      string         `json:"event_name"`
	IdempotencyKey string         `json:"idempotency_key"`
	Timestamp      time.Time      `json:"timestamp"`
	Properties     map[string]any `json:"properties"`
}

type told struct {
	Events   int                 `json:"events"`
	Refused  map[string][]string `json:"refused"`
	Usage    map[string]string   `json:"usage"`
	Watched  map[string]string   `json:"watched"`
	Invoices map[string]string   `json:"invoices"`
	Errors   []toldError         `json:"errors"`
	Webhook  []string            `json:"webhook"`
	Access   struct {
		Allowed   bool   `json:"allowed"`
		Used      string `json:"used"`
		Remaining string `json:"remaining"`
	} `json:"access"`
}

type toldError struct {
	Reason string   `json:"reason"`
	Fields []string `json:"fields"`
}

var input = bufio.NewReader(os.Stdin)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	var todo task
	if err := json.Unmarshal([]byte(must(input.ReadString('\n'))), &todo); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	// A machine that runs all services beside it is given time.
	client := must(billingrails.New(todo.Key, todo.Address, billingrails.WithTimeout(5*time.Minute)))
	found := told{Refused: map[string][]string{}, Usage: map[string]string{}, Invoices: map[string]string{}}
	nextWatched := watchUsage(ctx, client, todo)
	found.Watched = nextWatched()
	sendEvents(ctx, client, todo, &found)
	readUsage(ctx, client, todo, &found)
	wanted := maps.Clone(found.Usage)
	maps.DeleteFunc(wanted, func(at, _ string) bool { return !strings.HasSuffix(at, "/"+todo.Usage[0].Profile) })
	for !maps.Equal(found.Watched, wanted) {
		found.Watched = nextWatched()
	}
	fmt.Println("counted")
	must(input.ReadString('\n'))
	readInvoices(ctx, client, todo, &found)
	meetErrors(ctx, client, todo, &found)
	body := todo.Webhook.Body
	found.Webhook = []string{verified(todo, body), verified(todo, strings.Replace(body, "evt_", "evt-", 1))}
	fmt.Println(string(must(json.Marshal(found))))
}

func usageQuery(todo task, asked int, pageSize int32) *meteringv1.QueryUsageRequest {
	return &meteringv1.QueryUsageRequest{
		MeterId:   todo.Usage[asked].MeterID,
		Profile:   todo.Usage[asked].Profile,
		StartTime: timestamppb.New(todo.StartTime),
		EndTime:   timestamppb.New(todo.EndTime),
		PageSize:  pageSize,
	}
}

// As a stream that stays open.
func watchUsage(ctx context.Context, client *billingrails.Client, todo task) func() map[string]string {
	request := &meteringv1.WatchUsageRequest{Query: usageQuery(todo, 0, 1_000)}
	stream := must(meteringv1.NewUsageServiceClient(client).WatchUsage(ctx, request))
	return func() map[string]string {
		watched := map[string]string{}
		for _, row := range must(stream.Recv()).GetUsage().GetRows() {
			watched[row.GetAccountId()+"/"+todo.Usage[0].Profile] = row.GetValue()
		}
		return watched
	}
}

// While ingest is killed. What the callback panics with must not end the sender.
func sendEvents(ctx context.Context, client *billingrails.Client, todo task, found *told) {
	sender := must(billingrails.NewEventSender(client, billingrails.EventSenderConfig{
		OnRefused: func(refused *ingestv1.Event, failure *billingrails.Error) {
			found.Refused[refused.GetIdempotencyKey()] = fieldsOf(failure)
			panic("this callback fails")
		},
	}))
	send := func(sent event) {
		must(0, sender.Send(ctx, &ingestv1.Event{
			EventName:      sent.EventName,
			IdempotencyKey: sent.IdempotencyKey,
			Timestamp:      timestamppb.New(sent.Timestamp),
			Properties:     must(billingrails.Properties(sent.Properties)),
		}))
	}
	file := must(os.Open(todo.Events))
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if found.Events == todo.Half {
			fmt.Println("half")
			must(input.ReadString('\n'))
			send(event{"refused", "refused", todo.StartTime, map[string]any{"billingrails_account_id": 17}})
		}
		var read event
		if err := json.Unmarshal(lines.Bytes(), &read); err != nil {
			log.Fatal(err)
		}
		send(read)
		found.Events++
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
	sender.Close()
}

// Page by page.
func readUsage(ctx context.Context, client *billingrails.Client, todo task, found *told) {
	usages := meteringv1.NewUsageServiceClient(client)
	for index, each := range todo.Usage {
		request := usageQuery(todo, index, 1)
		request.WaitForAcknowledged = true
		for row, err := range billingrails.Paged(ctx, usages.QueryUsage, request, (*meteringv1.QueryUsageResponse).GetRows) {
			must(0, err)
			found.Usage[row.GetAccountId()+"/"+each.Profile] = row.GetValue()
		}
	}
}

// The month is over.
func readInvoices(ctx context.Context, client *billingrails.Client, todo task, found *told) {
	access := must(billingv1.NewEntitlementServiceClient(client).CheckAccess(ctx, &billingv1.CheckAccessRequest{
		AccountId:   todo.Access.AccountID,
		FeatureCode: todo.Access.FeatureCode,
	}))
	found.Access.Allowed = access.GetAllowed()
	found.Access.Used = access.GetUsed()
	found.Access.Remaining = access.GetRemaining()
	invoices := invoicingv1.NewInvoiceServiceClient(client)
	request := &invoicingv1.ListInvoicesRequest{OmitLines: true, PageSize: 1}
	for listed, err := range billingrails.Paged(ctx, invoices.ListInvoices, request, (*invoicingv1.ListInvoicesResponse).GetInvoices) {
		must(0, err)
		answer := must(invoices.GetInvoice(ctx, &invoicingv1.GetInvoiceRequest{InvoiceId: listed.GetId()}))
		found.Invoices[answer.GetInvoice().GetAccountId()] = answer.GetInvoice().GetTotal().GetAmount()
	}
}

func meetErrors(ctx context.Context, client *billingrails.Client, todo task, found *told) {
	metering := billingrails.WithServiceAddress("metering", todo.Addresses["metering"])
	nobody := must(billingrails.New("br_nobody", "", metering))
	_, stranger := meteringv1.NewMeterServiceClient(nobody).ListMeters(ctx, &meteringv1.ListMetersRequest{})
	_, wrong := ingestv1.NewEventServiceClient(client).IngestEvents(ctx, &ingestv1.IngestEventsRequest{Events: []*ingestv1.Event{{}}})
	_, unknown := meteringv1.NewMeterServiceClient(client).GetMeter(ctx, &meteringv1.GetMeterRequest{MeterId: todo.UnknownMeterID})
	for _, err := range []error{stranger, wrong, unknown} {
		var failure *billingrails.Error
		if !errors.As(err, &failure) {
			log.Fatal("there is no error where one must be: ", err)
		}
		found.Errors = append(found.Errors, toldError{failure.Reason, fieldsOf(failure)})
	}
}

func fieldsOf(failure *billingrails.Error) []string {
	fields := []string{}
	for _, violation := range failure.Violations {
		fields = append(fields, violation.Field)
	}
	return fields
}

func verified(todo task, body string) string {
	header := http.Header{}
	for name, value := range todo.Webhook.Headers {
		header.Set(name, value)
	}
	event, err := billingrails.VerifyWebhook(todo.Webhook.Secret, header, []byte(body))
	if err != nil {
		return ""
	}
	return event.ID
}
