import { objectChanged } from '@billingrails/bus';
import {
  CollectionSchema,
  PaymentAttemptSchema,
  RefundSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Collection, PaymentAttempt } from '../domain/collection';
import type { Refund } from '../domain/refund';
import { attemptToProto, collectionToProto, refundToProto } from './collection';

/** When something has happened, and whether to a test account. */
export interface Occurrence {
  readonly occurMs: number;
  readonly createMs: number;
  readonly isTest: boolean;
}

/** The message that tells that an attempt took nothing. */
export function attemptFailed(attempt: PaymentAttempt, when: Occurrence): OutboxMessage {
  const { id: objectId, organisationId, accountId } = attempt;
  const of = { type: 'payment_attempt.failed', organisationId, accountId, objectId } as const;
  return objectChanged({
    ...{ ...of, ...when },
    ...{ schema: PaymentAttemptSchema, object: attemptToProto(attempt) },
  });
}

/** The message that tells that an invoice is not collected by itself any more: once for each row of attempts. */
export function collectionExhausted(collection: Collection, when: Occurrence): OutboxMessage {
  const { invoiceId: objectId, organisationId, accountId, attempts } = collection;
  const of = { type: 'collection.exhausted', organisationId, accountId, objectId } as const;
  return objectChanged({
    ...{ ...of, ...when, occasion: String(attempts) },
    ...{ schema: CollectionSchema, object: collectionToProto(collection) },
  });
}

/** The message that tells what became of a refund; none while it is not known. */
export function refundChanged(refund: Refund, when: Occurrence): OutboxMessage[] {
  const { id: objectId, organisationId, accountId, state } = refund;
  if (state !== 'succeeded' && state !== 'failed') return [];
  const of = { type: `refund.${state}`, organisationId, accountId, objectId } as const;
  const object = refundToProto(refund);
  return [objectChanged({ ...of, ...when, schema: RefundSchema, object })];
}
