import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { assert } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { refundToProto } from '../../collecting/contract/collection';
import { refundPayment } from '../../collecting/use-cases/refund-payment';
import { moneyFromProto } from '../../contract/money';
import { pageByKey } from '../../rpc/pages';
import type { ServiceParts } from '../../service-parts';
import { paymentToProto } from '../contract/payment';
import { existingPayment, recordPayment, reversePayment } from '../use-cases/record-payment';

/** Keeps payments, and pays them back. `onDue` is called when a refund may be made. */
export function paymentService(
  parts: ServiceParts,
  onDue: () => void,
): ServiceImpl<typeof PaymentService> {
  const { stores } = parts;
  const { mongo, payments, refunds } = stores;
  return {
    recordPayment: (request, context) =>
      mutate(mongo, {
        ...{ method: PaymentService.method.recordPayment, request },
        caller: principalOf(context),
        prepare() {
          const { accountId, amount, invoiceIds, method, reference, receiveTime } = request;
          assert(amount !== undefined, 'the contract requires an amount');
          return {
            ...{ accountId, invoiceIds, method, reference },
            amount: moneyFromProto(amount, 'amount'),
            ...(receiveTime && { receiveMs: fromTimestamp(receiveTime, 'receive_time') }),
          };
        },
        async run(session, organisationId, draft) {
          const payment = await recordPayment(parts, session, organisationId, draft);
          return { payment: paymentToProto(payment) };
        },
      }),

    async getPayment({ paymentId }, context) {
      const { organisationId } = principalOf(context);
      return { payment: paymentToProto(await existingPayment(stores, organisationId, paymentId)) };
    },

    async listPayments(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, invoiceId } = request;
      const { items, nextPageToken } = await pageByKey(
        request,
        ({ after, limit }) =>
          payments.list(organisationId, {
            ...(accountId === '' ? {} : { accountId }),
            ...(invoiceId === '' ? {} : { invoiceId }),
            ...(after === undefined ? {} : { afterId: after }),
            limit,
          }),
        ({ id }) => id,
      );
      return { payments: items.map((each) => paymentToProto(each)), nextPageToken };
    },

    reversePayment: (request, context) =>
      mutate(mongo, {
        ...{ method: PaymentService.method.reversePayment, request },
        caller: principalOf(context),
        async run(session, organisationId) {
          const payment = await reversePayment(stores, session, organisationId, request);
          return { payment: paymentToProto(payment) };
        },
      }),

    refundPayment: async (request, context) => {
      const answer = await mutate(mongo, {
        ...{ method: PaymentService.method.refundPayment, request },
        caller: principalOf(context),
        prepare() {
          const { paymentId, amount, reason } = request;
          return { paymentId, reason, ...(amount && { amount: moneyFromProto(amount, 'amount') }) };
        },
        async run(session, organisationId, draft) {
          const refund = await refundPayment(parts, session, organisationId, draft);
          return { refund: refundToProto(refund) };
        },
      });
      onDue();
      return answer;
    },

    async listRefunds(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, paymentId } = request;
      const { items, nextPageToken } = await pageByKey(
        request,
        ({ after, limit }) =>
          refunds.list(organisationId, {
            ...(accountId === '' ? {} : { accountId }),
            ...(paymentId === '' ? {} : { paymentId }),
            ...(after === undefined ? {} : { afterId: after }),
            limit,
          }),
        ({ id }) => id,
      );
      return { refunds: items.map(refundToProto), nextPageToken };
    },
  };
}
