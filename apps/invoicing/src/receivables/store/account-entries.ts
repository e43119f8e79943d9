import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { Decimal128, type ClientSession, type Db } from 'mongodb';
import { ENTRY_KINDS, type AccountEntry } from '../domain/account-entry';
import type { BalanceOwner } from './balances';

interface EntryDoc {
  /** Sorts those of an instant as ENTRY_KINDS does, and is derived from the cause: each happens once. */
  _id: string;
  organisationId: AccountEntry['organisationId'];
  accountId: AccountEntry['accountId'];
  currencyCode: string;
  kind: AccountEntry['kind'];
  entryTime: Date;
  causeId: AccountEntry['causeId'];
  occasion?: string;
  text: string;
  /** In minor units: whole numbers of at most 34 digits are exact, also summed. */
  amount: Decimal128;
}

/** An entry's place on its account's statement. */
export interface EntryPosition {
  readonly atMs: number;
  readonly id: string;
}

/** The collection `account_entries`: only added to. */
export interface AccountEntryStore {
  insert(entries: readonly AccountEntry[], session: ClientSession): Promise<void>;
  /** Those from an instant until another, in order, after a place among them. */
  list(
    owner: BalanceOwner,
    span: { readonly fromMs: number; readonly untilMs: number; readonly after?: EntryPosition },
    limit: number,
  ): Promise<(AccountEntry & { readonly id: string })[]>;
  /** What all before an instant, or until a place at it, come to. */
  sumBefore(owner: BalanceOwner, ms: number, until?: EntryPosition): Promise<bigint>;
}

const ACCOUNT_ENTRIES = 'account_entries';

/** A statement, in its order. */
export const ACCOUNT_ENTRY_INDEXES = [
  {
    collection: ACCOUNT_ENTRIES,
    key: { organisationId: 1, accountId: 1, currencyCode: 1, entryTime: 1, _id: 1 },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the entries of accounts. */
export function accountEntryStore(db: Db): AccountEntryStore {
  const collection = db.collection<EntryDoc>(ACCOUNT_ENTRIES);
  return {
    async insert(entries, session) {
      if (entries.length > 0) await collection.insertMany(entries.map(toDoc), { session });
    },
    async list(owner, { fromMs, untilMs, after }, limit) {
      const filter = {
        ...ownerOf(owner),
        entryTime: { $gte: dateOf(after?.atMs ?? fromMs), $lt: dateOf(untilMs) },
        ...(after === undefined
          ? {}
          : { $or: [{ entryTime: { $gt: dateOf(after.atMs) } }, { _id: { $gt: after.id } }] }),
      };
      const docs = await collection
        .find(filter)
        .sort({ entryTime: 1, _id: 1 })
        .limit(limit)
        .toArray();
      return docs.map((doc) => ({ ...fromDoc(doc), id: doc._id }));
    },
    async sumBefore(owner, ms, until) {
      const place =
        until === undefined
          ? { entryTime: { $lt: dateOf(ms) } }
          : {
              entryTime: { $lte: dateOf(until.atMs) },
              $or: [{ entryTime: { $lt: dateOf(until.atMs) } }, { _id: { $lte: until.id } }],
            };
      const [sum] = await collection
        .aggregate<{ sum: Decimal128 }>([
          { $match: { ...ownerOf(owner), ...place } },
          { $group: { _id: null, sum: { $sum: '$amount' } } },
        ])
        .toArray();
      return sum === undefined ? 0n : bigintOf(sum.sum);
    },
  };
}

function ownerOf({ organisationId, accountId, currencyCode }: BalanceOwner): BalanceOwner {
  return { organisationId, accountId, currencyCode };
}

function toDoc({ atMs, amount, ...entry }: AccountEntry): EntryDoc {
  return {
    _id: idOf(entry),
    ...entry,
    entryTime: dateOf(atMs),
    amount: Decimal128.fromString(amount.toString()),
  };
}

function idOf({ kind, causeId, occasion }: Omit<AccountEntry, 'atMs' | 'amount'>): string {
  const id = `${ENTRY_KINDS.indexOf(kind)}_${causeId}`;
  return occasion === undefined ? id : `${id}_${occasion}`;
}

function fromDoc({ _id, entryTime, amount, ...entry }: EntryDoc): AccountEntry {
  return { ...entry, atMs: msOf(entryTime), amount: bigintOf(amount) };
}

/** Whole numbers within 34 digits are written without an exponent, but for a sum of none. */
function bigintOf(amount: Decimal128): bigint {
  return BigInt(amount.toString());
}
