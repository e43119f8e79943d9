package billingrails

import (
	"errors"
	"io"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// A Violation is one thing that is wrong with a request.
type Violation struct {
	// Field is the path of the field, such as "events[3].properties.duration".
	Field string
	// Description says what must be, for people.
	Description string
}

// An Error is what a call ended with, whoever noticed it: the service, the network or this client. Find it with
// errors.As.
type Error struct {
	Code    codes.Code
	Message string
	// Reason is stable, such as "METER_NOT_FOUND"; docs/errors.md lists them. Empty where no service has answered.
	Reason string
	// Violations are everything that is wrong with the request.
	Violations []Violation
	// RetryAfter is after how long repeating may help. 0: not told.
	RetryAfter time.Duration
	// Help is where the reason is explained. Empty where no service has answered.
	Help string
	// RequestID names the call in the logs of the services. Empty where no service has answered.
	RequestID string

	isHopeless bool
	status     *status.Status
}

func (failure *Error) Error() string {
	return "billingrails: " + failure.Code.String() + ": " + failure.Message
}

// GRPCStatus is for google.golang.org/grpc/status.
func (failure *Error) GRPCStatus() *status.Status { return failure.status }

// IsPassing says whether the very same call may succeed later: Unavailable, or ResourceExhausted where repeating can help.
func (failure *Error) IsPassing() bool {
	return !failure.isHopeless && (failure.Code == codes.Unavailable || failure.Code == codes.ResourceExhausted)
}

func (failure *Error) about(violations []Violation) *Error {
	part := *failure
	part.Violations = violations
	return &part
}

func errorOf(err error, header, trailer metadata.MD) error {
	if err == nil {
		return nil
	}
	found := status.Convert(err)
	failure := &Error{Code: found.Code(), Message: found.Message(), status: found}
	for _, detail := range found.Details() {
		switch part := detail.(type) {
		case *errdetails.ErrorInfo:
			failure.Reason = part.GetReason()
		case *errdetails.BadRequest:
			for _, violation := range part.GetFieldViolations() {
				failure.Violations = append(failure.Violations, Violation{violation.GetField(), violation.GetDescription()})
			}
		case *errdetails.RetryInfo:
			failure.RetryAfter = part.GetRetryDelay().AsDuration()
		case *errdetails.Help:
			if links := part.GetLinks(); len(links) > 0 {
				failure.Help = links[0].GetUrl()
			}
		}
	}
	all := metadata.Join(header, trailer)
	if ids := all.Get("x-request-id"); len(ids) > 0 {
		failure.RequestID = ids[0]
	}
	pushback := all.Get("grpc-retry-pushback-ms")
	failure.isHopeless = len(pushback) > 0 && pushback[0] == "-1"
	return failure
}

type typedStream struct{ grpc.ClientStream }

func (stream typedStream) RecvMsg(message any) error {
	err := stream.ClientStream.RecvMsg(message)
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return errorOf(err, nil, stream.Trailer())
}
