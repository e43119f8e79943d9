import { decimalText } from '@billingrails/money';
import { timeText, type ColumnOf } from '@billingrails/rpc';
import { MOVES, type OwnedEntry } from '../domain/credit-entry';

/** An entry of the ledger of credits, and what is looked up for it. */
export interface EntryRow {
  readonly entry: OwnedEntry;
  /** Empty where the unit is not known. */
  readonly unitCode: string;
  readonly isTest: boolean;
}

/** An entry a row; its amount moves from one account of the ledger to another. */
export const ENTRY_TABLE: readonly ColumnOf<EntryRow>[] = [
  { name: 'account_id', kind: 'text', cell: ({ entry }) => entry.accountId },
  { name: 'credit_unit_id', kind: 'text', cell: ({ entry }) => entry.creditUnitId },
  { name: 'credit_unit_code', kind: 'text', cell: ({ unitCode }) => unitCode },
  { name: 'sequence', kind: 'number', cell: ({ entry }) => String(entry.sequence) },
  { name: 'kind', kind: 'text', cell: ({ entry }) => entry.kind },
  { name: 'from_account', kind: 'text', cell: ({ entry }) => MOVES[entry.kind][0] },
  { name: 'to_account', kind: 'text', cell: ({ entry }) => MOVES[entry.kind][1] },
  { name: 'day_time', kind: 'time', cell: ({ entry }) => timeText(entry.dayMs) },
  { name: 'post_time', kind: 'time', cell: ({ entry }) => timeText(entry.postMs) },
  { name: 'credit_grant_id', kind: 'text', cell: ({ entry }) => entry.creditGrantId },
  { name: 'category', kind: 'text', cell: ({ entry }) => entry.category },
  { name: 'amount', kind: 'number', cell: ({ entry }) => decimalText(entry.amount) },
  { name: 'balance', kind: 'number', cell: ({ entry }) => decimalText(entry.balance) },
  { name: 'is_test', kind: 'flag', cell: ({ isTest }) => isTest },
];
