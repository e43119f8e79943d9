import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  StatementEntryKind,
  type AgingRowSchema,
  type StatementEntrySchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import type { AccountEntry, EntryKind } from '../domain/account-entry';
import type { AgingRow } from '../domain/aging';

const KINDS: Record<EntryKind, StatementEntryKind> = {
  invoice: StatementEntryKind.INVOICE,
  credits: StatementEntryKind.CREDITS,
  invoice_void: StatementEntryKind.INVOICE_VOID,
  payment: StatementEntryKind.PAYMENT,
  payment_reversal: StatementEntryKind.PAYMENT_REVERSAL,
  credit_note: StatementEntryKind.CREDIT_NOTE,
  refund: StatementEntryKind.REFUND,
  refund_failure: StatementEntryKind.REFUND_FAILURE,
};

/** `owed` is what is owed after it, in minor units. */
export function entryToProto(
  entry: AccountEntry,
  owed: bigint,
): MessageInitShape<typeof StatementEntrySchema> {
  const { currencyCode, causeId, text } = entry;
  return {
    ...{ causeId, text },
    time: toTimestamp(entry.atMs),
    kind: KINDS[entry.kind],
    amount: moneyToProto({ currencyCode, minorUnits: entry.amount }),
    owedAmount: moneyToProto({ currencyCode, minorUnits: owed }),
  };
}

export function agingRowToProto({
  accountId,
  currencyCode,
  open,
  balance,
}: AgingRow): MessageInitShape<typeof AgingRowSchema> {
  const money = (minorUnits: bigint) => moneyToProto({ currencyCode, minorUnits });
  const [notOverdue, to30, to60, to90, longer] = open;
  const all = open.reduce((sum, part) => sum + part, 0n);
  return {
    accountId,
    notOverdue: money(notOverdue),
    overdueTo30Days: money(to30),
    overdueTo60Days: money(to60),
    overdueTo90Days: money(to90),
    overdueLonger: money(longer),
    open: money(all),
    balance: money(balance),
    owed: money(all - balance),
  };
}
