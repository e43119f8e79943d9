// Package billingrails is the client of Billingrails: what each program would have to write around the calls of the
// API, which are in the packages below billingrails/.
package billingrails

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A Client is Billingrails with one API key. Generated clients call through it:
// invoicingv1.NewInvoiceServiceClient(client). It is safe for use by several goroutines.
type Client struct {
	key       string
	address   string
	addresses map[string]string
	timeout   time.Duration
	tries     int

	mutex       sync.Mutex
	connections map[string]*grpc.ClientConn
}

// An Option changes how a Client calls.
type Option func(*Client)

// WithServiceAddress names a service that is reached by an address of its own, by the second part of its package:
// "ingest", "http://127.0.0.1:7001".
func WithServiceAddress(service, address string) Option {
	return func(client *Client) { client.addresses[service] = address }
}

// WithTimeout limits how long a call may take with all its tries, unless its context says otherwise; 30 s by default.
// Streams have no limit.
func WithTimeout(timeout time.Duration) Option {
	return func(client *Client) { client.timeout = timeout }
}

// WithTries sets how often a call is tried in all that ends with UNAVAILABLE or RESOURCE_EXHAUSTED: 1 to 5, 4 by default.
func WithTries(tries int) Option {
	return func(client *Client) { client.tries = tries }
}

// New makes a client that connects with its first call. The address is where all services are reached, such as
// "https://billing.example.com"; it may be empty where every service has an address of its own.
func New(key, address string, options ...Option) (*Client, error) {
	client := &Client{
		key:         key,
		address:     address,
		addresses:   map[string]string{},
		timeout:     30 * time.Second,
		tries:       4,
		connections: map[string]*grpc.ClientConn{},
	}
	for _, option := range options {
		option(client)
	}
	if key == "" {
		return nil, errors.New(`billingrails: the key must be an API key, "br_…"`)
	}
	if address == "" && len(client.addresses) == 0 {
		return nil, errors.New(`billingrails: the address must be where Billingrails is reached, "http://127.0.0.1:7000"`)
	}
	return client, nil
}

// Close ends the connections, and what is being called.
func (client *Client) Close() error {
	client.mutex.Lock()
	defer client.mutex.Unlock()
	var failures []error
	for _, connection := range client.connections {
		failures = append(failures, connection.Close())
	}
	return errors.Join(failures...)
}

// Invoke makes a unary call, for generated clients. What it fails with is an *Error.
func (client *Client) Invoke(ctx context.Context, method string, request, answer any, options ...grpc.CallOption) error {
	connection, err := client.connectionFor(method)
	if err != nil {
		return err
	}
	if _, isSet := ctx.Deadline(); !isSet {
		limited, cancel := context.WithTimeout(ctx, client.timeout)
		defer cancel()
		ctx = limited
	}
	var header, trailer metadata.MD
	options = append(options, grpc.Header(&header), grpc.Trailer(&trailer))
	err = connection.Invoke(client.withKey(ctx), method, withRequestID(request), answer, options...)
	return errorOf(err, header, trailer)
}

// NewStream begins a streaming call, for generated clients. What it ends early with is an *Error.
func (client *Client) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	connection, err := client.connectionFor(method)
	if err != nil {
		return nil, err
	}
	stream, err := connection.NewStream(client.withKey(ctx), desc, method, options...)
	if err != nil {
		return nil, errorOf(err, nil, nil)
	}
	return typedStream{stream}, nil
}

func (client *Client) withKey(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+client.key)
}

func (client *Client) connectionFor(method string) (*grpc.ClientConn, error) {
	_, rest, _ := strings.Cut(method, ".")
	service, _, _ := strings.Cut(rest, ".")
	address := client.addresses[service]
	if address == "" {
		address = client.address
	}
	if address == "" {
		return nil, fmt.Errorf("billingrails: no address says where the service %q is reached", service)
	}
	client.mutex.Lock()
	defer client.mutex.Unlock()
	if connection, isThere := client.connections[address]; isThere {
		return connection, nil
	}
	connection, err := connect(address, client.tries)
	if err != nil {
		return nil, err
	}
	client.connections[address] = connection
	return connection, nil
}

// gRPC tries again by itself, with jitter, and after as long as the service says.
const retryPolicy = `{"methodConfig": [{"name": [{}], "retryPolicy": {
	"maxAttempts": %d, "initialBackoff": "0.2s", "maxBackoff": "5s", "backoffMultiplier": 3,
	"retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]}}]}`

func connect(address string, tries int) (*grpc.ClientConn, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return nil, fmt.Errorf(`billingrails: the address %q must be as "http://127.0.0.1:7000"`, address)
	}
	transport, port := insecure.NewCredentials(), "80"
	if parsed.Scheme == "https" {
		transport, port = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12}), "443"
	}
	if parsed.Port() != "" {
		port = parsed.Port()
	}
	delays := backoff.DefaultConfig
	delays.BaseDelay = 500 * time.Millisecond
	delays.MaxDelay = 5 * time.Second
	options := []grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: delays, MinConnectTimeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxRetryRPCBufferSize(4 << 20)),
	}
	if tries > 1 {
		options = append(options, grpc.WithDefaultServiceConfig(fmt.Sprintf(retryPolicy, tries)))
	}
	return grpc.NewClient("dns:///"+parsed.Hostname()+":"+port, options...)
}

// A write without a request_id gets one, so that trying again cannot do it twice.
func withRequestID(request any) any {
	message, isMessage := request.(proto.Message)
	if !isMessage {
		return request
	}
	field := message.ProtoReflect().Descriptor().Fields().ByName("request_id")
	if field == nil || message.ProtoReflect().Has(field) {
		return request
	}
	completed := proto.Clone(message)
	completed.ProtoReflect().Set(field, protoreflect.ValueOfString(rand.Text()))
	return completed
}
