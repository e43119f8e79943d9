import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { AnyBulkWriteOperation, ClientSession, Collection, Db } from 'mongodb';
import { usageDayIdOf, type UsageDay } from '../domain/usage-day';
import { READING } from './reading';
import { UNGROUPED, type UsageScope } from './usage-days';

const UNIQUE_VALUES = 'unique_values';

/** As usage_days. */
export const UNIQUE_VALUE_INDEXES: readonly IndexSpec[] = [
  { collection: UNIQUE_VALUES, key: { o: 1, a: 1, p: 1, g: 1, d: 1 } },
];

/** A distinct value that an account had under one profile on one UTC day. */
interface UniqueValueDoc {
  _id: string;
  /** As in usage_days. */
  o: OrganisationId;
  a: AccountId;
  p: number;
  g: string;
  d: number;
  /** The value, as `readDistinctValue` writes it. */
  v: string;
  /** The hours it was seen in: bit 0 is the day's first. */
  h: number;
}

function collection(db: Db): Collection<UniqueValueDoc> {
  return db.collection<UniqueValueDoc>(UNIQUE_VALUES);
}

/** Notes the distinct values of days that have any. Noting one twice changes nothing. */
export async function addUniqueValues(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  const updates = days.flatMap(toUpdates);
  if (updates.length === 0) return;
  await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** The distinct values of each of the days [fromDay, toDay). */
export async function* readUniqueValues(
  db: Db,
  session: ClientSession,
  { organisationId, accountIds, profile }: UsageScope,
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): AsyncGenerator<{ accountId: AccountId; day: number; value: string; hourBits: number }> {
  const filter = {
    o: organisationId,
    a: { $in: [...accountIds] },
    p: profile,
    g: UNGROUPED,
    d: { $gte: fromDay, $lt: toDay },
  };
  const projection = { _id: 0, a: 1, d: 1, v: 1, h: 1 };
  for await (const doc of collection(db).find(filter, {
    session,
    ...READING,
    projection,
  })) {
    yield { accountId: doc.a, day: doc.d, value: doc.v, hourBits: doc.h };
  }
}

function toUpdates(day: UsageDay): AnyBulkWriteOperation<UniqueValueDoc>[] {
  const hourBits = new Map<string, number>();
  for (const [hour, { values }] of day.hours) {
    for (const value of values ?? []) {
      hourBits.set(value, (hourBits.get(value) ?? 0) | (1 << hour));
    }
  }
  const { organisationId: o, accountId: a, profile: p, day: d } = day;
  return [...hourBits].map(([value, bits]) => ({
    updateOne: {
      filter: { _id: `${usageDayIdOf(day)}/${value}` },
      update: {
        $bit: { h: { or: bits } },
        $setOnInsert: { o, a, p, g: UNGROUPED, d, v: value },
      },
      upsert: true,
    },
  }));
}
