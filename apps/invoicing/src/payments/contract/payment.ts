import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  DisputeState,
  type DisputeSchema,
  type PaymentSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import { toBalance, type Payment, type PaymentDispute } from '../domain/payment';

/** `disputeId`: the dispute that it is told for. Unset: for none. */
export function paymentToProto(
  payment: Payment,
  disputeId?: string,
): MessageInitShape<typeof PaymentSchema> {
  const { id, accountId, amount, method, reference, reversal, disputes } = payment;
  const dispute = disputes.find((each) => each.id === disputeId) ?? disputes.at(-1);
  const money = (minorUnits: bigint) => moneyToProto({ ...amount, minorUnits });
  return {
    ...{ id, accountId, method, reference },
    amount: moneyToProto(amount),
    receiveTime: toTimestamp(payment.receiveMs),
    createTime: toTimestamp(payment.createMs),
    allocations: payment.allocations.map(({ invoiceId, invoiceNumber, minorUnits }) => ({
      ...{ invoiceId, invoiceNumber },
      amount: money(minorUnits),
    })),
    balanceAmount: money(toBalance(payment)),
    ...(reversal && {
      reverseTime: toTimestamp(reversal.atMs),
      reversalReason: reversal.reason,
    }),
    paymentAttemptId: payment.attemptId ?? '',
    refundedAmount: money(payment.refunded),
    ...(dispute && { dispute: disputeToProto(dispute) }),
    disputes: disputes.map(disputeToProto),
  };
}

const DISPUTE_STATES: Record<PaymentDispute['state'], DisputeState> = {
  opened: DisputeState.OPENED,
  won: DisputeState.WON,
  lost: DisputeState.LOST,
};

function disputeToProto(dispute: PaymentDispute): MessageInitShape<typeof DisputeSchema> {
  const { id, state, amount, reason, openMs, lost } = dispute;
  return {
    ...{ id, reason, state: DISPUTE_STATES[state] },
    amount: moneyToProto(amount),
    ...(lost === undefined ? {} : { lostAmount: moneyToProto({ ...amount, minorUnits: lost }) }),
    openTime: toTimestamp(openMs),
  };
}
