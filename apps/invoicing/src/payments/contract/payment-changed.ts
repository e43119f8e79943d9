import { objectChanged } from '@billingrails/bus';
import { PaymentSchema } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Payment } from '../domain/payment';
import { paymentToProto } from './payment';

/** The message that tells that a payment was recorded, or reversed. */
export function paymentChanged(
  type: 'payment.recorded' | 'payment.reversed',
  payment: Payment,
  when: { readonly occurMs: number; readonly createMs: number; readonly isTest: boolean },
): OutboxMessage {
  const { id: objectId, organisationId, accountId } = payment;
  const object = paymentToProto(payment);
  const of = { type, organisationId, accountId, objectId };
  return objectChanged({ ...of, ...when, schema: PaymentSchema, object });
}
