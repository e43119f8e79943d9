import type { AccountId, OrganisationId } from '@billingrails/ids';
import { howMany, waitFor } from '@billingrails/testing';
import { DAY_MS } from '../../domain/hours';
import { startRecounts } from '../../jobs/recounts';
import type { Meter } from '../../meters/domain/meter';
import { countRecounts } from '../../recounts/store/recounts';
import { differencesOf } from '../../testing/compare';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes } from '../../testing/lanes';
import type { OracleEvent, OracleProfile } from '../../testing/oracle/oracle';
import type { OracleCorrection } from '../../testing/oracle/oracle-corrections';
import { recountAll } from '../../testing/recounts';
import { newOrganisation } from '../../testing/story';
import { followTransactions } from '../../testing/transactions';
import { readUsage } from '../../usage/use-cases/read-usage';

let harness: Harness;
let transactions: ReturnType<typeof followTransactions>;

beforeAll(async () => {
  harness = await startHarness({ monitorCommands: true });
  transactions = followTransactions(harness.mongo.client);
});

afterAll(() => harness.close());

const START_MS = Date.UTC(2024, 0, 1, 12);
const EVENT_NAME = 'Song played';
const [ACCOUNT, OTHER] = ['acct_1' as AccountId, 'acct_2' as AccountId];
const BY_GROUP: OracleProfile = {
  eventName: EVENT_NAME,
  method: 'count_unique',
  property: ['song'],
  filters: [],
  groupBy: [['g']],
};

/** Events of an account, each with the group and the day that its place gives it. */
function eventsOf(
  organisationId: OrganisationId,
  count: number,
  placeOf: (n: number) => { group: number; day: number },
): OracleEvent[] {
  return Array.from({ length: count }, (_, n) => {
    const { group, day } = placeOf(n);
    const properties = JSON.stringify({ song: n % 7, g: group });
    const timestampMs = START_MS + day * DAY_MS + (n % 1_000);
    const owner = { organisationId, accountId: ACCOUNT, eventName: EVENT_NAME };
    return { ...owner, key: `k${n}`, timestampMs, properties };
  });
}

function voidOf({ organisationId, accountId, key }: OracleEvent): OracleCorrection {
  const of = { organisationId, accountId, key, correctionId: `c-${key}` };
  return { ...of, amended: undefined, receiveTimeMs: Date.now() };
}

function again(event: OracleEvent): OracleEvent {
  return { ...event, key: `${event.key} again` };
}

async function usageOf(meter: Meter, profileCode: string, accountId = ACCOUNT) {
  const { rows, partial } = await readUsage(harness.mongo, {
    organisationId: meter.organisationId,
    meterId: meter.id,
    profileCode,
    accounts: [accountId],
    windows: [{ startMs: START_MS, endMs: START_MS + 40 * DAY_MS }],
  });
  return { eventCount: rows[0]?.eventCount, value: rows[0]?.value, partial };
}

/** Publishes arrivals, lets the lanes apply them, and gives the transactions that applied corrections. */
async function apply(arrivals: Parameters<Harness['publish']>[0]) {
  const before = transactions().length;
  await harness.applied(await harness.publish(arrivals));
  return transactions()
    .slice(before)
    .filter(({ into }) => into.has('corrections'));
}

/** Events by many groups, then voids of some of them: what the transactions of the voids did, at most. */
async function voided(
  count: number,
  placeOf: (n: number) => { group: number; day: number },
  voids: number,
) {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, [BY_GROUP, BY_GROUP]);
  const events = eventsOf(organisationId, count, placeOf);
  for (let from = 0; from < count; from += 500) await apply(events.slice(from, from + 500));
  const works = await apply(events.slice(0, voids).map(voidOf));
  expect(works.length).toBeGreaterThan(0);
  for (const code of ['p0', 'p1']) {
    expect(await usageOf(meter, code)).toMatchObject({
      eventCount: count - voids,
      partial: false,
    });
  }
  expect(await differencesOf(harness.mongo, meter)).toEqual([]);
  const most = (of: 'commands' | 'written') => Math.max(...works.map((work) => work[of]));
  return { commands: most('commands'), written: most('written') };
}

describe('what a correction costs follows from what it corrects, not from what else there is', () => {
  beforeAll(async () => {
    lanes = await runLanes(harness);
  });
  afterAll(() => lanes.stop());
  let lanes: Awaited<ReturnType<typeof runLanes>>;

  test('one void among 1,000 groups of an hour costs as much as one among ten', async () => {
    const among = (groups: number) => voided(groups, (n) => ({ group: n, day: 0 }), 1);
    const few = await among(10);
    const many = await among(1_000);
    expect(many.written).toBeLessThanOrEqual(few.written);
    expect(many.commands).toBeLessThanOrEqual(few.commands + 5);
  });

  test('100 voids in one call, over 100 groups and 28 days, are applied in few commands', async () => {
    const placeOf = (n: number) => ({ group: n % 100, day: n % 28 });
    const { commands, written } = await voided(howMany(1_400, 2_800), placeOf, 100);
    expect(commands).toBeLessThan(100);
    expect(written).toBeLessThan(100 * 10);
  });
});

describe('what is too much for one transaction', () => {
  const limits = { eventCount: 50, bucketCount: 20 };

  test('holds up nobody: it is counted again in steps of its own, and partial until then', async () => {
    const lanes = await runLanes(harness, { recountLimits: limits });
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [BY_GROUP]);
    const events = eventsOf(organisationId, 400, (n) => ({ group: n % 90, day: 0 }));
    await apply(events);
    const works = await apply(events.slice(0, 60).map(voidOf));
    for (const { written, commands } of works) {
      expect(written).toBeLessThan(60 * 6);
      expect(commands).toBeLessThan(60);
    }
    expect((await usageOf(meter, 'p0')).partial).toBe(true);
    expect((await usageOf(meter, 'p0', OTHER)).partial).toBe(false);
    // Nothing counts it again yet, and the lane goes on.
    await apply([{ ...(events[0] as OracleEvent), key: 'more' }]);
    const before = transactions().length;
    await recountAll(harness, limits);
    const steps = transactions()
      .slice(before)
      .filter(({ into }) => into.has('usage_days'));
    expect(steps.length).toBeGreaterThan(2);
    // Of each bucket: its replacement, its set of values; and what every step writes.
    for (const { written } of steps) expect(written).toBeLessThan(limits.bucketCount * 3 + 10);
    expect(await usageOf(meter, 'p0')).toMatchObject({ eventCount: 341, partial: false });
    expect(await differencesOf(harness.mongo, meter)).toEqual([]);
    await lanes.stop();
  });

  test('of new events in very many groups is left to steps, too, and each event is counted once', async () => {
    const added = { ...limits, addedCount: 100 };
    const lanes = await runLanes(harness, { recountLimits: added });
    const organisationId = newOrganisation();
    const counting = { ...BY_GROUP, method: 'count', property: [] };
    const meter = await harness.createMeter(organisationId, [BY_GROUP, counting]);
    const events = eventsOf(organisationId, 300, (n) => ({ group: n, day: n % 2 }));
    const before = transactions().length;
    await harness.applied(await harness.publish(events));
    for (const { written } of transactions().slice(before)) expect(written).toBeLessThan(1_000);
    expect((await usageOf(meter, 'p0')).partial).toBe(true);
    // A few more are added as ever, while the others wait.
    await apply(eventsOf(organisationId, 10, (n) => ({ group: n, day: 0 })).map(again));
    await recountAll(harness, limits);
    for (const code of ['p0', 'p1']) {
      expect(await usageOf(meter, code)).toMatchObject({ eventCount: 310, partial: false });
    }
    expect(await differencesOf(harness.mongo, meter)).toEqual([]);
    await lanes.stop();
  });

  test('is counted again from the start when more is corrected meanwhile', async () => {
    const lanes = await runLanes(harness, { recountLimits: limits });
    const owned = () => harness.partitions;
    const { mongo, logger } = harness;
    const job = startRecounts({ mongo, logger, owned, limits: { eventCount: 40, bucketCount: 3 } });
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [BY_GROUP]);
    const events = eventsOf(organisationId, 300, (n) => ({ group: n % 60, day: n % 2 }));
    await apply(events);
    for (let from = 0; from < 120; from += 20) {
      await apply(events.slice(from, from + 20).map(voidOf));
    }
    await waitFor(async () => (await countRecounts(mongo.db)).size === 0, {
      what: 'all to be counted again',
    });
    await job.close();
    await lanes.stop();
    expect(await usageOf(meter, 'p0')).toMatchObject({ eventCount: 180, partial: false });
    expect(await differencesOf(harness.mongo, meter)).toEqual([]);
  });
});
