import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { inSnapshot } from '../../store/snapshot';
import { startHarness, type Harness } from '../../testing/harness';
import { newOrganisation } from '../../testing/story';
import type { UsageDay, UsageDayKey } from '../../usage/domain/usage-day';
import { IdSet } from '../domain/id-set';
import { addUniqueValues, readUniqueIds, setUniqueHours } from './unique-days';
import { readValueNumbers, uniqueValueIdOf } from './unique-values';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

const accountIds = ['acct_1', 'acct_2'] as AccountId[];
const SEEN_HOURS = [0, 7, 23];
const SEEN_DAYS = [-1, 0, 1, 2];

/** A value that was seen in an hour of a day of an account, under a profile. */
interface Sighting {
  readonly accountId: AccountId;
  readonly profile: number;
  readonly day: number;
  readonly hour: number;
  readonly value: string;
}

const sightings = fc.array(
  fc.record({
    accountId: fc.constantFrom(...accountIds),
    profile: fc.constantFrom(1, 2),
    day: fc.constantFrom(...SEEN_DAYS),
    hour: fc.constantFrom(...SEEN_HOURS),
    value: fc.constantFrom('s:a', 's:a/b', 's:', 'n:1', 's:1', 'b:true', 's:$é.x'),
  }),
  { minLength: 1, maxLength: 30 },
);

function dayOf(organisationId: OrganisationId, of: readonly Sighting[]): UsageDay[] {
  return of.map(({ accountId, profile, day, hour, value }) => {
    const quantity = { quantity: undefined, origin: undefined };
    const state = { eventCount: 1, ...quantity, values: new Set([value]) };
    const hours = new Map([[hour, state]]);
    const method = 'count_unique' as const;
    return { organisationId, accountId, profile, group: '', day, method, total: state, hours };
  });
}

function add(organisationId: OrganisationId, of: readonly Sighting[]): Promise<void> {
  return inTransaction(harness.mongo, (session) =>
    addUniqueValues(harness.mongo.db, session, dayOf(organisationId, of)),
  );
}

function setHours(key: UsageDayKey, hours: ReadonlyMap<number, ReadonlySet<string>>) {
  return inTransaction(harness.mongo, (session) =>
    setUniqueHours(harness.mongo.db, session, [{ key, hours }]),
  );
}

/** How many distinct values there are, by account: of the whole days [from, to) and of hours of the other days. */
function countsOf(
  organisationId: OrganisationId,
  profile: number,
  [fromDay, toDay]: readonly [number, number],
  hour: number,
): Promise<number[]> {
  return inSnapshot(harness.mongo, async (db, session) => {
    const hourDays = SEEN_DAYS.filter((day) => day < fromDay || day >= toDay);
    const sets = new Map(accountIds.map((accountId) => [accountId, new IdSet()]));
    const scope = { organisationId, accountIds, profile };
    const needs = { totals: { fromDay, toDay }, hourDays };
    for await (const found of readUniqueIds(db, session, scope, needs)) {
      if (found.hour === undefined || found.hour === hour) sets.get(found.accountId)?.or(found.ids);
    }
    return [...sets.values()].map(({ size }) => size);
  });
}

function expectedCounts(
  seen: readonly Sighting[],
  profile: number,
  [fromDay, toDay]: readonly [number, number],
  hour: number,
): number[] {
  return accountIds.map((accountId) => {
    const inRange = seen.filter(
      (one) =>
        one.accountId === accountId &&
        one.profile === profile &&
        ((one.day >= fromDay && one.day < toDay) || one.hour === hour),
    );
    return new Set(inRange.map(({ value }) => value)).size;
  });
}

const ranges = fc.constantFrom([-1, 3], [0, 2], [1, 1]) as fc.Arbitrary<[number, number]>;

describe('distinct values', () => {
  test('are counted exactly over any days and hours, however they come, and after hours were replaced', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sightings, { minLength: 1, maxLength: 4 }),
        sightings,
        ranges,
        fc.constantFrom(...SEEN_HOURS),
        async (chunks, corrected, range, hour) => {
          const organisationId = newOrganisation();
          for (const chunk of [...chunks, ...chunks.slice(0, 1)]) await add(organisationId, chunk);
          let seen = chunks.flat();
          const expectCounts = async () => {
            for (const profile of [1, 2]) {
              const counts = await countsOf(organisationId, profile, range, hour);
              expect(counts).toEqual(expectedCounts(seen, profile, range, hour));
            }
          };
          await expectCounts();
          const [{ accountId, profile, day }] = corrected as [Sighting];
          const isOfDay = (one: Sighting) =>
            one.accountId === accountId && one.profile === profile && one.day === day;
          const hours = new Map([0, 7].map((h) => [h, new Set<string>()]));
          const stays = corrected.filter((one) => isOfDay(one) && hours.has(one.hour));
          for (const one of stays) hours.get(one.hour)?.add(one.value);
          await setHours({ organisationId, accountId, profile, group: '', day }, hours);
          seen = seen.filter((one) => !isOfDay(one) || !hours.has(one.hour)).concat(stays);
          await expectCounts();
        },
      ),
      { numRuns: howMany(10, 60) },
    );
  });

  test('of one account get one number each, also from transactions at the same time', async () => {
    const organisationId = newOrganisation();
    const [accountId] = accountIds as [AccountId];
    const names = Array.from({ length: 300 }, (_, n) => `n:${n}`);
    const of = (values: string[]) =>
      values.map((value) => ({ accountId, profile: 1, day: 0, hour: 0, value }));
    await Promise.all(
      [0, 50, 100, 150].map((from) => add(organisationId, of(names.slice(from, from + 150)))),
    );
    const owner = { organisationId, accountId };
    const valueIds = names.map((value) => uniqueValueIdOf(owner, value));
    const numbers = await inSnapshot(harness.mongo, (db, session) =>
      readValueNumbers(db, session, valueIds),
    );
    expect([...numbers.values()].sort((a, b) => a - b)).toEqual(names.map((_, n) => n));
    expect(await countsOf(organisationId, 1, [0, 1], 0)).toEqual([300, 0]);
  });

  test('of many thousands are counted exactly, in lists and in bitmaps', async () => {
    const organisationId = newOrganisation();
    const [accountId] = accountIds as [AccountId];
    for (let from = 0; from < 70_000; from += 10_000) {
      const state = {
        ...{ eventCount: 10_000, quantity: undefined, origin: undefined },
        values: new Set(Array.from({ length: 10_000 }, (_, n) => `n:${from + n}`)),
      };
      const hours = new Map([[from / 10_000, state]]);
      const key = { organisationId, accountId, profile: 1, group: '', day: 0 };
      await inTransaction(harness.mongo, (session) =>
        addUniqueValues(harness.mongo.db, session, [
          { ...key, method: 'count_unique', total: state, hours },
        ]),
      );
    }
    expect(await countsOf(organisationId, 1, [0, 1], 0)).toEqual([70_000, 0]);
    expect(await countsOf(organisationId, 1, [1, 1], 6)).toEqual([10_000, 0]);
  });
});
