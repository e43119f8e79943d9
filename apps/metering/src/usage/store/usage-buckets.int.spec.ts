import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { aggregationOf, type AggregationMethod, type UsageState } from '../../domain/aggregation';
import { gatheredBy } from '../../domain/gathered-by';
import { inSnapshot } from '../../store/snapshot';
import { startHarness, type Harness } from '../../testing/harness';
import { newOrganisation } from '../../testing/story';
import { joinDays, type UsageDay } from '../domain/usage-day';
import { settleAccount, settlePartition } from '../use-cases/settle-additions';
import { countAdditions, insertAdditions } from './usage-additions';
import { accountsWithUsage, UsageBuckets } from './usage-buckets';
import { addUsageDays } from './write-usage-days';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

const METHODS = ['sum', 'count', 'max', 'min', 'latest', 'average'] as const;
const ACCOUNTS = ['acct', 'acct-1', 'acct.1', 'acct.1.2', 'acct_1'] as AccountId[];
const GROUPS = ['', '["a.b"]'];
const DAYS = [-1, 0, 1, 2];

/** One event, as a profile counted it. Each method is a profile, by its place in the list. */
interface Counted {
  readonly accountId: AccountId;
  readonly profile: number;
  readonly group: string;
  readonly day: number;
  readonly hour: number;
  readonly quantity: bigint;
  readonly ms: number;
  readonly key: string;
}

const counted = fc.record({
  accountId: fc.constantFrom(...ACCOUNTS),
  profile: fc.nat({ max: METHODS.length - 1 }),
  group: fc.constantFrom(...GROUPS),
  day: fc.constantFrom(...DAYS),
  hour: fc.constantFrom(0, 7, 23),
  quantity: fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n),
  ms: fc.constantFrom(0, 1, 3_599_999),
  key: fc.constantFrom('a', 'b', 'é', '\ud83d\ude00', '"'),
});

/** Chunks of events; after each, whether it is added at once, waits, or what waits is settled. */
const chunks = fc.array(
  fc.record({
    events: fc.array(counted, { minLength: 1, maxLength: 6 }),
    then: fc.constantFrom<'at once' | 'wait' | 'settle' | 'settle account'>(
      ...(['at once', 'wait', 'wait', 'settle', 'settle account'] as const),
    ),
  }),
  { minLength: 1, maxLength: 8 },
);

function stateOf({ profile, quantity, day, hour, ms, key }: Counted): UsageState {
  const timestampMs = (day * 24 + hour) * 3_600_000 + ms;
  const method = METHODS[profile];
  return {
    eventCount: 1,
    quantity: method === 'count' ? undefined : quantity,
    origin: method === 'latest' ? { timestampMs, key } : undefined,
    values: undefined,
  };
}

function toDay(organisationId: OrganisationId, event: Counted): UsageDay {
  const { accountId, profile, group, day, hour } = event;
  const total = stateOf(event);
  const method: AggregationMethod = METHODS[profile] ?? 'count';
  const hours = new Map([[hour, total]]);
  return { organisationId, accountId, profile, group, day, method, total, hours };
}

let seq = 0;

async function keep(days: readonly UsageDay[]): Promise<void> {
  const partitions = gatheredBy(joinDays(days), (day) =>
    partitionOf(day.organisationId, day.accountId),
  );
  seq += 1;
  const added = [...partitions].map(([partition, own]) => {
    return { chunk: { partition, toSeq: seq }, days: own };
  });
  await inTransaction(harness.mongo, (session) =>
    insertAdditions(harness.mongo.db, session, added),
  );
}

async function settleEach(partitions: Iterable<number>): Promise<void> {
  const { mongo } = harness;
  for (const partition of partitions) {
    await inTransaction(mongo, (session) => settlePartition(mongo.db, session, partition, 4));
  }
}

/** What a test sees of a state. */
function shown({ eventCount, quantity, origin }: UsageState) {
  return { eventCount, quantity: quantity ?? 0n, key: origin?.key, at: origin?.timestampMs };
}

/** The slow, obvious way: of all events of a bucket, one after the other. */
function expected(events: readonly Counted[], profile: number) {
  const [first] = events;
  if (first === undefined) return undefined;
  const quantities = events.map(({ quantity }) => quantity);
  const inOrder = [...events].sort(
    (a, b) =>
      a.day - b.day ||
      a.hour - b.hour ||
      a.ms - b.ms ||
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
  );
  const last = inOrder.at(-1) ?? first;
  const sum = quantities.reduce((total, one) => total + one, 0n);
  const least = quantities.reduce((a, b) => (a < b ? a : b));
  const greatest = quantities.reduce((a, b) => (a > b ? a : b));
  const of = { sum, count: 0n, max: greatest, min: least, latest: last.quantity, average: sum };
  const method = METHODS[profile] ?? 'count';
  const isLatest = method === 'latest';
  return {
    eventCount: events.length,
    quantity: of[method],
    key: isLatest ? last.key : undefined,
    at: isLatest ? (last.day * 24 + last.hour) * 3_600_000 + last.ms : undefined,
  };
}

async function readAll(organisationId: OrganisationId, profile: number) {
  const { mongo } = harness;
  const method = METHODS[profile] ?? 'count';
  const range = { fromDay: 0, toDay: 2 };
  return inSnapshot(mongo, async (db, session) => {
    const buckets = await UsageBuckets.of(db, session, organisationId, ACCOUNTS);
    const scope = { organisationId, accountIds: ACCOUNTS, profile, method, isGrouped: true };
    const [totals, hours, last] = [new Map(), new Map(), new Map()];
    for await (const { accountId, group, day, total } of buckets.totals(scope, range)) {
      expect(totals.has(`${accountId} ${group} ${day}`)).toBe(false);
      totals.set(`${accountId} ${group} ${day}`, shown(total));
    }
    const { merge } = aggregationOf(method);
    const states = new Map<string, UsageState[]>();
    for await (const { accountId, group, total } of buckets.sums(scope, range)) {
      const subject = `${accountId} ${group}`;
      states.set(subject, [...(states.get(subject) ?? []), total]);
    }
    const sums = new Map([...states].map(([subject, own]) => [subject, shown(merge(own))]));
    for await (const { accountId, group, day, ...found } of buckets.hours(scope, [-1, 2])) {
      for (const [hour, state] of found.hours) {
        hours.set(`${accountId} ${group} ${day} ${hour}`, shown(state));
      }
    }
    for await (const { accountId, group, day, total } of buckets.last(scope, range)) {
      last.set(`${accountId} ${group}`, { day, ...shown(total) });
    }
    const of = { organisationId, profiles: [profile] };
    const from = { ...range, after: 'acct-1' };
    const accounts = await accountsWithUsage(db, session, of, from, 2);
    return { totals, sums, hours, last, accounts };
  });
}

/** The same of the events themselves. */
function expectedAll(all: readonly Counted[], profile: number) {
  const events = all.filter((event) => event.profile === profile);
  const inRange = events.filter(({ day }) => day >= 0 && day < 2);
  const [totals, sums, hours, last] = [new Map(), new Map(), new Map(), new Map()];
  for (const { accountId, group, day } of inRange) {
    const own = inRange.filter((event) => event.accountId === accountId && event.group === group);
    sums.set(`${accountId} ${group}`, expected(own, profile));
    totals.set(
      `${accountId} ${group} ${day}`,
      expected(
        own.filter((event) => event.day === day),
        profile,
      ),
    );
    const lastDay = Math.max(...own.map((event) => event.day));
    last.set(`${accountId} ${group}`, {
      day: lastDay,
      ...expected(
        own.filter((event) => event.day === lastDay),
        profile,
      ),
    });
  }
  for (const { accountId, group, day, hour } of events) {
    if (day !== -1 && day !== 2) continue;
    const own = events.filter(
      (event) =>
        event.accountId === accountId &&
        event.group === group &&
        event.day === day &&
        event.hour === hour,
    );
    hours.set(`${accountId} ${group} ${day} ${hour}`, expected(own, profile));
  }
  const accounts = [...new Set(inRange.map(({ accountId }) => accountId))].sort();
  return {
    totals,
    sums,
    hours,
    last,
    accounts: accounts.filter((id) => id > 'acct-1').slice(0, 2),
  };
}

test('buckets hold what was added at once, what waits and what was settled, each once', async () => {
  await fc.assert(
    fc.asyncProperty(chunks, async (story) => {
      const organisationId = newOrganisation();
      const { mongo } = harness;
      for (const { events, then } of story) {
        const days = events.map((event) => toDay(organisationId, event));
        if (then === 'at once') {
          await inTransaction(mongo, (session) => addUsageDays(mongo.db, session, joinDays(days)));
        } else await keep(days);
        if (then === 'settle') await settleEach((await countAdditions(mongo.db)).keys());
        const accountId = events[0]?.accountId ?? ('acct' as AccountId);
        if (then === 'settle account') {
          await inTransaction(mongo, (session) =>
            settleAccount(mongo.db, session, organisationId, accountId),
          );
        }
      }
      const all = story.flatMap(({ events }) => events);
      for (const profile of METHODS.keys()) {
        expect(await readAll(organisationId, profile)).toEqual(expectedAll(all, profile));
      }
    }),
    { numRuns: howMany(8, 40) },
  );
});

test('what two settle at once is counted once', async () => {
  const organisationId = newOrganisation();
  const { mongo } = harness;
  const event = { accountId: 'acct.1' as AccountId, profile: 0, group: '', day: 0, hour: 7 };
  const one: Counted = { ...event, quantity: 5n, ms: 0, key: 'a' };
  for (let n = 0; n < 10; n += 1) await keep([toDay(organisationId, one)]);
  await Promise.all(
    [1, 2, 3].map(() =>
      inTransaction(mongo, (session) =>
        settleAccount(mongo.db, session, organisationId, one.accountId),
      ),
    ),
  );
  const { totals } = await readAll(organisationId, 0);
  expect([...totals.values()]).toMatchObject([{ eventCount: 10, quantity: 50n }]);
});

test('of another organisation or account nothing is told', async () => {
  const [organisationId, other] = [newOrganisation(), newOrganisation()];
  const event = { profile: 1, group: '', day: 0, hour: 7, quantity: 5n, ms: 0, key: 'a' };
  await keep([toDay(other, { ...event, accountId: 'acct.1' as AccountId })]);
  await keep([toDay(organisationId, { ...event, accountId: 'acct.2' as AccountId })]);
  const { totals, accounts } = await readAll(organisationId, 1);
  expect([...totals]).toEqual([]);
  expect(accounts).toEqual(['acct.2']);
});
