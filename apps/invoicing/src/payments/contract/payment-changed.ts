import { objectChanged, type Change, type ChangeType } from '@billingrails/bus';
import { PaymentSchema } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Payment } from '../domain/payment';
import { paymentToProto } from './payment';

/** The message that tells that a payment was recorded, reversed or disputed: by which dispute. */
export function paymentChanged(
  type: Extract<ChangeType, `payment.${string}`>,
  payment: Payment,
  when: Pick<Change<typeof PaymentSchema>, 'occurMs' | 'createMs' | 'isTest' | 'occasion'>,
  disputeId?: string,
): OutboxMessage {
  const { id: objectId, organisationId, accountId } = payment;
  const object = paymentToProto(payment, disputeId);
  const of = { type, organisationId, accountId, objectId };
  return objectChanged({ ...of, ...when, schema: PaymentSchema, object });
}
