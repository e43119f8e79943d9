import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  PaymentStatus as PaymentStatusMessage,
  type ReceivableSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import {
  isOverdue,
  openOf,
  paymentStatusOf,
  type PaymentStatus,
  type Receivable,
} from '../domain/receivable';

const STATUSES: Record<PaymentStatus, PaymentStatusMessage> = {
  open: PaymentStatusMessage.OPEN,
  partly_paid: PaymentStatusMessage.PARTLY_PAID,
  paid: PaymentStatusMessage.PAID,
  void: PaymentStatusMessage.VOID,
  uncollectible: PaymentStatusMessage.UNCOLLECTIBLE,
};

/** `nowMs` is the organisation's present. */
export function receivableToProto(
  receivable: Receivable,
  nowMs: number,
): MessageInitShape<typeof ReceivableSchema> {
  const { currencyCode, end } = receivable;
  const money = (minorUnits: bigint) => moneyToProto({ currencyCode, minorUnits });
  return {
    paymentStatus: STATUSES[paymentStatusOf(receivable)],
    open: money(openOf(receivable)),
    paid: money(receivable.paid),
    credited: money(receivable.credited),
    writtenOff: money(receivable.writtenOff),
    overdueTime: toTimestamp(receivable.overdueMs),
    overdue: isOverdue(receivable, nowMs),
    ...(end && { [`${end.kind}Time`]: toTimestamp(end.atMs), reason: end.reason }),
    replacedByInvoiceId: end?.replacedById ?? '',
  };
}

/** Undefined for unspecified: any. */
export function paymentStatusFromProto(message: PaymentStatusMessage): PaymentStatus | undefined {
  return (Object.keys(STATUSES) as PaymentStatus[]).find((each) => STATUSES[each] === message);
}
