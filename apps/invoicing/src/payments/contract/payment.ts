import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PaymentSchema } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import { toBalance, type Payment } from '../domain/payment';

export function paymentToProto(payment: Payment): MessageInitShape<typeof PaymentSchema> {
  const { id, accountId, amount, method, reference, reversal } = payment;
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
  };
}
