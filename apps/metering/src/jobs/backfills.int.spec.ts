import type { AccountId, OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { backfillsOf } from '../backfills/store/backfills';
import type { Meter } from '../meters/domain/meter';
import { differencesOf } from '../testing/compare';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes } from '../testing/lanes';
import type { OracleEvent, OracleProfile } from '../testing/oracle/oracle';
import { newOrganisation } from '../testing/story';
import { followTransactions } from '../testing/transactions';
import { readUsage } from '../usage/use-cases/read-usage';
import { startBackfills, type BackfillContext } from './backfills';

let harness: Harness;
let transactions: ReturnType<typeof followTransactions>;

beforeAll(async () => {
  harness = await startHarness({ monitorCommands: true });
  transactions = followTransactions(harness.mongo.client);
});

afterAll(() => harness.close());

const EVENT_NAME = 'Song played';
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2024, 0, 1);
const DAYS = 29;
const ACCOUNTS = ['acct_1', 'acct_2', 'acct_3', 'acct_4', 'acct_5'] as AccountId[];
const BY_GROUP: OracleProfile = {
  ...{ eventName: EVENT_NAME, method: 'count', property: [], filters: [], groupBy: [['g']] },
};
const LIMITS = { eventCount: 400, bucketCount: 150 };

/** Events that are nearly all in buckets of their own: over accounts, days and 20 groups. */
function scattered(organisationId: OrganisationId, count: number): OracleEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ organisationId, accountId: ACCOUNTS[n % 5] ?? '', eventName: EVENT_NAME, key: `k${n}` },
    timestampMs: START_MS + (n % DAYS) * DAY_MS,
    properties: JSON.stringify({ g: Math.floor(n / (5 * DAYS)) % 20 }),
  }));
}

/** Stores events before their meter is made, so that all of them are to be counted for it. */
async function storedBefore(eventCount: number, profileCount: number): Promise<Meter> {
  const organisationId = newOrganisation();
  const lanes = await runLanes(harness);
  const events = scattered(organisationId, eventCount);
  for (let from = 0; from < eventCount; from += 300) {
    await harness.applied(await harness.publish(events.slice(from, from + 300)));
  }
  await lanes.stop();
  return harness.createMeter(organisationId, new Array(profileCount).fill(BY_GROUP));
}

function startJob(options: Partial<BackfillContext> = {}) {
  const { mongo, logger } = harness;
  const of = { mongo, logger, nowMs: Date.now, isMine: () => true, isLive: () => false };
  return startBackfills({ ...of, limits: LIMITS, ...options });
}

async function progressOf({ organisationId, profiles }: Meter) {
  const numbers = profiles.map(({ number }) => number);
  const [backfill] = await backfillsOf(harness.mongo.db, undefined, organisationId, numbers);
  return { complete: backfill?.complete === true, doneCount: backfill?.doneCount ?? 0 };
}

function completion(meter: Meter): Promise<boolean> {
  return waitFor(async () => (await progressOf(meter)).complete, {
    what: 'the backfill to be complete',
  });
}

/** Each profile has counted each event once. */
async function expectCounted({ id, organisationId, profiles }: Meter, eventCount: number) {
  for (const { code } of profiles) {
    const { rows, partial } = await readUsage(harness.mongo, {
      ...{ organisationId, meterId: id, profileCode: code, accounts: ACCOUNTS },
      windows: [{ startMs: START_MS, endMs: START_MS + DAYS * DAY_MS }],
    });
    expect(partial).toBe(false);
    expect(rows.reduce((sum, row) => sum + row.eventCount, 0)).toBe(eventCount);
  }
}

test('a backfill of many buckets goes in steps of few, and others have their turn meanwhile', async () => {
  const large = await storedBefore(700, 4);
  const small = await storedBefore(60, 1);
  const another = await harness.createMeter(large.organisationId, [BY_GROUP]);
  const before = transactions().length;
  const job = startJob();
  await completion(small);
  expect((await progressOf(large)).complete).toBe(false);
  await completion(another);
  await completion(large);
  await job.close();
  const steps = transactions()
    .slice(before)
    .filter(({ into }) => into.has('usage_days'));
  expect(steps.length).toBeGreaterThan((700 * 4) / LIMITS.bucketCount / 2);
  // Of each bucket: itself, and the groups of its day. One segment more than fits is still done.
  const most = 3 * (LIMITS.bucketCount + 60);
  for (const { written } of steps) expect(written).toBeLessThan(most);
  await expectCounted(large, 700);
  await expectCounted(another, 700);
  await expectCounted(small, 60);
  expect(await differencesOf(harness.mongo, large)).toEqual([]);
});

test('a step that does not fit is made smaller until it does, and no other waits for it', async () => {
  const large = await storedBefore(300, 4);
  const small = await storedBefore(20, 1);
  const met: number[] = [];
  const beforeCommit = async (bucketCount: number) => {
    met.push(bucketCount);
    if (bucketCount > 100) {
      throw new Error('transaction is too large and will not fit in the storage engine cache');
    }
  };
  const job = startJob({ beforeCommit });
  await completion(small);
  await completion(large);
  await job.close();
  expect(Math.max(...met)).toBeGreaterThan(100);
  await expectCounted(large, 300);
  await expectCounted(small, 20);
});
