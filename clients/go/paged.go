package billingrails

import (
	"context"
	"iter"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Paged iterates over what is listed, page by page as it is read. It ends with the first error.
//
//	for invoice, err := range billingrails.Paged(ctx, invoices.ListInvoices, request, (*invoicingv1.ListInvoicesResponse).GetInvoices) {
func Paged[Request proto.Message, Page interface{ GetNextPageToken() string }, Item any](
	ctx context.Context,
	list func(context.Context, Request, ...grpc.CallOption) (Page, error),
	request Request,
	itemsOf func(Page) []Item,
	options ...grpc.CallOption,
) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		asked := proto.Clone(request).(Request)
		token := asked.ProtoReflect().Descriptor().Fields().ByName("page_token")
		for {
			page, err := list(ctx, asked, options...)
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range itemsOf(page) {
				if !yield(item, nil) {
					return
				}
			}
			if page.GetNextPageToken() == "" {
				return
			}
			asked.ProtoReflect().Set(token, protoreflect.ValueOfString(page.GetNextPageToken()))
		}
	}
}
