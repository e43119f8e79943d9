package billingrails

import (
	"context"
	cryptorand "crypto/rand"
	"errors"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/billingrails/billingrails/clients/go/billingrails/ingest/v1"
)

// A call with more is refused for its size.
const batchBytesMax = 1 << 20

// ErrSenderClosed says that a sender takes no more events.
var ErrSenderClosed = errors.New("billingrails: the sender of events is closed")

// An EventSenderConfig says how events are sent. What is 0 is as by default.
type EventSenderConfig struct {
	// OnRefused is told, one after the other, of each event that is not taken, with why: a service has refused it (the
	// paths of its violations are the event's own, such as "properties.duration"), or it was given up. What it panics with
	// is logged by slog, and the others go on. It must not wait for the sender (Flush, Close, a Send without room), which
	// waits for it. Required.
	OnRefused func(*ingestv1.Event, *Error)
	// BatchEvents are the events in a call at most; 100 by default, which is the most there may be.
	BatchEvents int
	// FlushAfter is how long an event waits for more to go with it; 1 s by default.
	FlushAfter time.Duration
	// BufferedBytes are those of the events that are held at most; 16 MiB by default.
	BufferedBytes int
	// GiveUpAfter is for how long an event is tried while services are away or busy; 10 min by default.
	GiveUpAfter time.Duration
	// CloseWithin is for how long an event is tried once the sender is being closed; 30 s by default.
	CloseWithin time.Duration
}

type heldEvent struct {
	event *ingestv1.Event
	size  int
	since time.Time
}

// An EventSender sends events in the background, in batches, each until it is taken, refused or given up. An event
// without a key gets one, and one without a timestamp the present, before it is sent for the first time: sent again it is
// the same event. It holds so many bytes at most: then Send waits for room, and TrySend takes nothing. Close it at the
// end, for what it holds to be sent.
type EventSender struct {
	events ingestv1.EventServiceClient
	config EventSenderConfig
	ended  chan struct{}

	mutex   sync.Mutex
	changed chan struct{}
	held    []heldEvent
	bytes   int
	// How many were ever held, how many of these are done, and how many must not wait for more.
	added, done, due int
	closedAt         time.Time
}

// NewEventSender begins to send in the background.
func NewEventSender(client *Client, config EventSenderConfig) (*EventSender, error) {
	if config.OnRefused == nil {
		return nil, errors.New("billingrails: OnRefused must say what becomes of refused events")
	}
	orDefault(&config.BatchEvents, 100)
	orDefault(&config.FlushAfter, time.Second)
	orDefault(&config.BufferedBytes, 16<<20)
	orDefault(&config.GiveUpAfter, 10*time.Minute)
	orDefault(&config.CloseWithin, 30*time.Second)
	sender := &EventSender{
		events:  ingestv1.NewEventServiceClient(client),
		config:  config,
		ended:   make(chan struct{}),
		changed: make(chan struct{}),
	}
	go sender.run()
	return sender, nil
}

func orDefault[T comparable](value *T, byDefault T) {
	var unset T
	if *value == unset {
		*value = byDefault
	}
}

// Send holds the event, soon to be sent; it waits while there is no room. It fails with the context, or once closed.
func (sender *EventSender) Send(ctx context.Context, event *ingestv1.Event) error {
	held := prepared(event)
	for {
		isHeld, changed, err := sender.add(held)
		if isHeld || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// TrySend says whether the event is held; false where there is no room for it. It fails once closed.
func (sender *EventSender) TrySend(event *ingestv1.Event) (bool, error) {
	isHeld, _, err := sender.add(prepared(event))
	return isHeld, err
}

// Flush returns when what is held now was taken, refused or given up, or with the context's error.
func (sender *EventSender) Flush(ctx context.Context) error {
	sender.mutex.Lock()
	target := sender.added
	sender.due = target
	sender.tell()
	for sender.done < target {
		changed := sender.changed
		sender.mutex.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
		sender.mutex.Lock()
	}
	sender.mutex.Unlock()
	return nil
}

// Close takes no more events, and returns when everything held was taken, refused or given up.
func (sender *EventSender) Close() {
	sender.mutex.Lock()
	if sender.closedAt.IsZero() {
		sender.closedAt = time.Now()
	}
	sender.tell()
	sender.mutex.Unlock()
	<-sender.ended
}

func prepared(event *ingestv1.Event) heldEvent {
	own := proto.Clone(event).(*ingestv1.Event)
	if own.IdempotencyKey == "" {
		own.IdempotencyKey = cryptorand.Text()
	}
	if own.Timestamp == nil {
		own.Timestamp = timestamppb.Now()
	}
	return heldEvent{own, proto.Size(own), time.Now()}
}

// tell wakes everyone who waits for a change. The mutex is held.
func (sender *EventSender) tell() {
	close(sender.changed)
	sender.changed = make(chan struct{})
}

func (sender *EventSender) add(held heldEvent) (bool, <-chan struct{}, error) {
	sender.mutex.Lock()
	defer sender.mutex.Unlock()
	if !sender.closedAt.IsZero() {
		return false, nil, ErrSenderClosed
	}
	hasRoom := sender.bytes == 0 || sender.bytes+held.size <= sender.config.BufferedBytes
	if hasRoom {
		sender.held = append(sender.held, held)
		sender.bytes += held.size
		sender.added++
	} else if sender.due != sender.added {
		sender.due = sender.added
		sender.tell()
	}
	if hasRoom && (len(sender.held) == 1 || len(sender.held) >= sender.config.BatchEvents) {
		sender.tell()
	}
	return hasRoom, sender.changed, nil
}

func (sender *EventSender) run() {
	defer close(sender.ended)
	for {
		batch := sender.awaitBatch()
		if batch == nil {
			return
		}
		sender.deliver(batch)
		sender.mutex.Lock()
		sender.done += len(batch)
		for _, held := range batch {
			sender.bytes -= held.size
		}
		sender.tell()
		sender.mutex.Unlock()
	}
}

// awaitBatch returns the next batch when it is due; nil when closed and nothing is left.
func (sender *EventSender) awaitBatch() []heldEvent {
	sender.mutex.Lock()
	defer sender.mutex.Unlock()
	for !sender.isDue() {
		if !sender.closedAt.IsZero() && len(sender.held) == 0 {
			return nil
		}
		changed := sender.changed
		var late <-chan time.Time
		if len(sender.held) > 0 {
			late = time.After(time.Until(sender.held[0].since.Add(sender.config.FlushAfter)))
		}
		sender.mutex.Unlock()
		select {
		case <-changed:
		case <-late:
		}
		sender.mutex.Lock()
	}
	count, size := 0, 0
	for count < len(sender.held) && count < sender.config.BatchEvents {
		size += sender.held[count].size
		if count > 0 && size > batchBytesMax {
			break
		}
		count++
	}
	batch := sender.held[:count:count]
	sender.held = sender.held[count:]
	return batch
}

func (sender *EventSender) isDue() bool {
	if len(sender.held) == 0 {
		return false
	}
	return len(sender.held) >= sender.config.BatchEvents || sender.done < sender.due || !sender.closedAt.IsZero() ||
		time.Since(sender.held[0].since) >= sender.config.FlushAfter
}

func (sender *EventSender) deliver(batch []heldEvent) {
	for tries := 1; len(batch) > 0; tries++ {
		request := &ingestv1.IngestEventsRequest{}
		for _, held := range batch {
			request.Events = append(request.Events, held.event)
		}
		_, err := sender.events.IngestEvents(context.Background(), request)
		if err == nil {
			return
		}
		var failure *Error
		if !errors.As(err, &failure) {
			failure = &Error{Code: codes.FailedPrecondition, Message: err.Error()}
		}
		if failure.IsPassing() || isUnclear(failure.Code) {
			time.Sleep(retryDelay(tries, failure))
			batch = sender.withoutGivenUp(batch, failure)
		} else {
			batch = sender.withoutRefused(batch, failure)
		}
	}
}

// After these nobody knows whether the events were taken; sent again they count once.
func isUnclear(code codes.Code) bool {
	return code == codes.DeadlineExceeded || code == codes.Internal || code == codes.Unknown || code == codes.Aborted
}

// retryDelay is what the service said, with up to a tenth more, so that not all come back at once; else any time up to a
// limit.
func retryDelay(tries int, failure *Error) time.Duration {
	if failure.RetryAfter > 0 {
		return failure.RetryAfter + time.Duration(rand.Float64()*float64(failure.RetryAfter)/10)
	}
	limit := 200 * time.Millisecond
	for range min(tries-1, 10) {
		limit = min(limit*3, 5*time.Second)
	}
	return time.Duration(rand.Float64() * float64(limit))
}

func (sender *EventSender) withoutGivenUp(batch []heldEvent, failure *Error) []heldEvent {
	sender.mutex.Lock()
	closedAt := sender.closedAt
	sender.mutex.Unlock()
	isTooLate := !closedAt.IsZero() && time.Since(closedAt) > sender.config.CloseWithin
	var left []heldEvent
	for _, held := range batch {
		if isTooLate || time.Since(held.since) > sender.config.GiveUpAfter {
			sender.refuse(held, failure)
		} else {
			left = append(left, held)
		}
	}
	return left
}

// refuse tells in a goroutine of its own: a callback may end the one that it runs in, as t.FailNow of tests does.
func (sender *EventSender) refuse(held heldEvent, failure *Error) {
	told := make(chan struct{})
	go func() {
		defer close(told)
		defer func() {
			if thrown := recover(); thrown != nil {
				key := held.event.GetIdempotencyKey()
				slog.Error("billingrails: OnRefused failed", "event", key, "panic", thrown, "stack", string(debug.Stack()))
			}
		}()
		sender.config.OnRefused(held.event, failure)
	}()
	<-told
}

var eventPath = regexp.MustCompile(`^events\[(\d+)\]\.?(.*)$`)

func (sender *EventSender) withoutRefused(batch []heldEvent, failure *Error) []heldEvent {
	named := map[int][]Violation{}
	for _, violation := range failure.Violations {
		if parts := eventPath.FindStringSubmatch(violation.Field); parts != nil {
			if index, err := strconv.Atoi(parts[1]); err == nil {
				named[index] = append(named[index], Violation{parts[2], violation.Description})
			}
		}
	}
	var left []heldEvent
	for index, held := range batch {
		violations, isNamed := named[index]
		switch {
		case isNamed:
			sender.refuse(held, failure.about(violations))
		case len(named) == 0:
			sender.refuse(held, failure)
		default:
			left = append(left, held)
		}
	}
	return left
}
