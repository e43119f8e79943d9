import type { ClientSession, Db } from 'mongodb';
import type { UsageState } from '../domain/aggregation';
import { IdSet } from '../domain/id-set';
import type { UsageDayKey } from '../domain/usage-day';
import type { UsageDifference } from '../domain/usage-difference';
import { readUniqueIds } from './unique-days';
import { readValueNumbers, uniqueValueIdOf } from './unique-values';

/**
 * Compares the distinct values of some hours of a bucket, and those of its day, with those that the events have. What is
 * stored of the day's other hours is believed.
 */
export async function compareUniqueHours(
  db: Db,
  session: ClientSession,
  { organisationId, accountId, profile, group, day }: UsageDayKey,
  expected: ReadonlyMap<number, UsageState>,
  compared: ReadonlySet<number>,
): Promise<UsageDifference[]> {
  const key = { organisationId, accountId, profile, group, day };
  const scope = { organisationId, accountIds: [accountId], profile, groups: [group] };
  const needs = { totals: { fromDay: day, toDay: day + 1 }, hourDays: [day] };
  const stored = new Map<number | undefined, IdSet>();
  for await (const { hour, ids } of readUniqueIds(db, session, scope, needs)) {
    addTo(stored, hour, ids);
  }
  const wanted = await numbered(db, session, key, expected, compared);
  for (const [hour, ids] of [...stored]) {
    if (hour !== undefined && !compared.has(hour)) addTo(wanted, undefined, ids);
  }
  const differences: UsageDifference[] = [];
  for (const hour of [...compared, undefined]) {
    const [isStored, mustBe] = [stored.get(hour) ?? IdSet.of([]), wanted.get(hour) ?? IdSet.of([])];
    if (same(isStored, mustBe)) continue;
    differences.push({ ...key, hour, stored: textOf(isStored), expected: textOf(mustBe) });
  }
  return differences;
}

/** A number that no value has. */
const NOT_NUMBERED = 2 ** 32 - 1;

/** The numbers of the expected values by hour, and of all of them under undefined. */
async function numbered(
  db: Db,
  session: ClientSession,
  key: UsageDayKey,
  expected: ReadonlyMap<number, UsageState>,
  compared: ReadonlySet<number>,
): Promise<Map<number | undefined, IdSet>> {
  const valueIds = [...expected.values()].flatMap(({ values }) =>
    [...(values ?? [])].map((value) => uniqueValueIdOf(key, value)),
  );
  const numbers = await readValueNumbers(db, session, new Set(valueIds));
  const sets = new Map<number | undefined, IdSet>();
  for (const [hour, { values }] of expected) {
    if (!compared.has(hour)) continue;
    const ids = [...(values ?? [])].map(
      (value) => numbers.get(uniqueValueIdOf(key, value)) ?? NOT_NUMBERED,
    );
    addTo(sets, hour, IdSet.of(ids));
    addTo(sets, undefined, IdSet.of(ids));
  }
  return sets;
}

function addTo(sets: Map<number | undefined, IdSet>, hour: number | undefined, ids: IdSet): void {
  const together = sets.get(hour) ?? IdSet.of([]);
  together.or(ids);
  sets.set(hour, together);
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
