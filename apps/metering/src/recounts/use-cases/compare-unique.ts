import type { ClientSession, Db } from 'mongodb';
import type { UsageState } from '../../domain/aggregation';
import { IdSet } from '../../unique-values/domain/id-set';
import { readUniqueHours, unite } from '../../unique-values/store/unique-days';
import { readValueNumbers, uniqueValueIdOf } from '../../unique-values/store/unique-values';
import { usageDayIdOf, type UsageDayKey } from '../../usage/domain/usage-day';
import type { UsageDifference } from '../domain/usage-difference';

/** Hours of a bucket that are compared, and what the events in them come to. */
export interface ComparedHours {
  readonly key: UsageDayKey;
  readonly hours: ReadonlySet<number>;
  readonly expected: ReadonlyMap<number, UsageState>;
}

/**
 * Compares the distinct values of some hours of buckets, and those of their days, with those that the events have. What
 * is stored of a day's other hours is believed. Gives the differences by the buckets' names.
 */
export async function compareUniqueHours(
  db: Db,
  session: ClientSession,
  buckets: readonly ComparedHours[],
): Promise<Map<string, UsageDifference[]>> {
  const keys = buckets.map(({ key }) => key);
  const stored = await readUniqueHours(db, session, keys);
  const numbers = await readValueNumbers(db, session, new Set(buckets.flatMap(valueIdsOf)));
  return new Map(
    buckets.map((bucket) => {
      const name = usageDayIdOf(bucket.key);
      return [name, differencesOf(bucket, stored.get(name) ?? new Map(), numbers)];
    }),
  );
}

/** The sets of a bucket: of its hours, and of the whole day under undefined. */
type Sets = Map<number | undefined, IdSet>;

function differencesOf(
  bucket: ComparedHours,
  stored: Sets,
  numbers: ReadonlyMap<string, number>,
): UsageDifference[] {
  const { key, hours } = bucket;
  const { organisationId, accountId, profile, group, day } = key;
  const wanted = numbered(bucket, numbers);
  for (const [hour, ids] of stored) {
    if (hour !== undefined && !hours.has(hour)) unite(wanted, undefined, ids);
  }
  const differences: UsageDifference[] = [];
  for (const hour of [...hours, undefined]) {
    const [isStored, mustBe] = [stored.get(hour) ?? NONE, wanted.get(hour) ?? NONE];
    if (same(isStored, mustBe)) continue;
    const of = { organisationId, accountId, profile, group, day, hour };
    differences.push({ ...of, stored: textOf(isStored), expected: textOf(mustBe) });
  }
  return differences;
}

const NONE = IdSet.of([]);

/** A number that no value has. */
const NOT_NUMBERED = 2 ** 32 - 1;

/** The numbers of the expected values. */
function numbered(
  { key, hours, expected }: ComparedHours,
  numbers: ReadonlyMap<string, number>,
): Sets {
  const sets: Sets = new Map();
  for (const [hour, { values }] of expected) {
    if (!hours.has(hour)) continue;
    const ids = [...(values ?? [])].map(
      (value) => numbers.get(uniqueValueIdOf(key, value)) ?? NOT_NUMBERED,
    );
    unite(sets, hour, IdSet.of(ids));
    unite(sets, undefined, IdSet.of(ids));
  }
  return sets;
}

function valueIdsOf({ key, expected }: ComparedHours): string[] {
  return [...expected.values()].flatMap(({ values }) =>
    [...(values ?? [])].map((value) => uniqueValueIdOf(key, value)),
  );
}

function same(a: IdSet, b: IdSet): boolean {
  const both = IdSet.of([]);
  both.or(a);
  both.or(b);
  return a.size === b.size && both.size === a.size;
}

function textOf({ size }: IdSet): string {
  return `${size} distinct values`;
}
