import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CollectionState as CollectionStateMessage,
  PaymentAttemptState,
  RefundState as RefundStateMessage,
  type CollectionSchema,
  type PaymentAttemptSchema,
  type PaymentCustomerSchema,
  type RefundSchema,
  type StripeConnectionSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import type {
  AttemptState,
  Collection,
  CollectionState,
  PaymentAttempt,
} from '../domain/collection';
import type { Connection, PaymentCustomer } from '../domain/connection';
import type { Refund, RefundState } from '../domain/refund';

/** Where Stripe sends an organisation's events, up to its id. */
export const WEBHOOK_PATH = '/webhooks/stripe/';

export function connectionToProto({
  organisationId,
  providerAccountId,
  isLive,
  connectMs,
}: Connection): MessageInitShape<typeof StripeConnectionSchema> {
  return {
    ...{ stripeAccountId: providerAccountId, isLive },
    webhookPath: `${WEBHOOK_PATH}${organisationId}`,
    connectTime: toTimestamp(connectMs),
  };
}

export function customerToProto({
  accountId,
  customerId,
  paymentMethodId = '',
}: PaymentCustomer): MessageInitShape<typeof PaymentCustomerSchema> {
  return { accountId, customerId, paymentMethodId };
}

const COLLECTION_STATES: Record<CollectionState, CollectionStateMessage> = {
  due: CollectionStateMessage.DUE,
  attempting: CollectionStateMessage.ATTEMPTING,
  ended: CollectionStateMessage.ENDED,
  exhausted: CollectionStateMessage.EXHAUSTED,
};

export function collectionToProto(
  collection: Collection,
): MessageInitShape<typeof CollectionSchema> {
  const { invoiceId, invoiceNumber, accountId, state, attempts, nextMs } = collection;
  return {
    ...{ invoiceId, invoiceNumber, accountId, attemptCount: attempts },
    state: COLLECTION_STATES[state],
    ...(nextMs !== undefined && { nextAttemptTime: toTimestamp(nextMs) }),
  };
}

const ATTEMPT_STATES: Record<AttemptState, PaymentAttemptState> = {
  started: PaymentAttemptState.STARTED,
  processing: PaymentAttemptState.PROCESSING,
  succeeded: PaymentAttemptState.SUCCEEDED,
  failed: PaymentAttemptState.FAILED,
};

export function attemptToProto(
  attempt: PaymentAttempt,
): MessageInitShape<typeof PaymentAttemptSchema> {
  const { id, invoiceId, invoiceNumber, accountId, number, amount, state } = attempt;
  return {
    ...{ id, invoiceId, invoiceNumber, accountId, number },
    amount: moneyToProto(amount),
    state: ATTEMPT_STATES[state],
    dueTime: toTimestamp(attempt.dueMs),
    createTime: toTimestamp(attempt.createMs),
    paymentIntentId: attempt.intentId ?? '',
    paymentId: attempt.paymentId ?? '',
    failureCode: attempt.failure?.code ?? '',
    failureMessage: attempt.failure?.message ?? '',
    problem: attempt.problem ?? '',
  };
}

const REFUND_STATES: Record<RefundState, RefundStateMessage> = {
  started: RefundStateMessage.STARTED,
  pending: RefundStateMessage.PENDING,
  succeeded: RefundStateMessage.SUCCEEDED,
  failed: RefundStateMessage.FAILED,
};

export function refundToProto(refund: Refund): MessageInitShape<typeof RefundSchema> {
  const { id, paymentId, accountId, amount, state, reason } = refund;
  return {
    ...{ id, paymentId, accountId, reason, state: REFUND_STATES[state] },
    amount: moneyToProto(amount),
    creditNoteId: refund.creditNoteId ?? '',
    refundTime: toTimestamp(refund.refundMs),
    createTime: toTimestamp(refund.createMs),
    stripeRefundId: refund.providerRefundId ?? '',
    failureCode: refund.failure?.code ?? '',
  };
}
