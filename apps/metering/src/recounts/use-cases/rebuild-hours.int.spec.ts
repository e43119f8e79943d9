import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { Document } from 'mongodb';
import { backfillsOf } from '../../backfills/store/backfills';
import { backfillChunk } from '../../backfills/use-cases/count-backfill-chunk';
import { HOUR_MS } from '../../domain/hours';
import { findEvent, withdrawEvents } from '../../events/store/events';
import type { Meter } from '../../meters/domain/meter';
import { inSnapshot } from '../../store/snapshot';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import { cut } from '../../testing/oracle/arbitraries';
import { oracleStored, type OracleEvent } from '../../testing/oracle/oracle';
import { settleAll } from '../../testing/settle';
import { expectStory, newOrganisation, STORY_PROFILES, storyOfFew } from '../../testing/story';
import { countAdditions } from '../../usage/store/usage-additions';
import { compareHours, type Comparison } from './compare-hours';
import { rebuildHours } from './rebuild-hours';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness, { limits: { eventCount: 40, byteCount: 1024 * 1024 } });
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

const eventName = 'Song played';

async function publishAll(events: readonly OracleEvent[]): Promise<void> {
  for (const batch of cut(events, [97, 13, 200])) {
    await harness.applied(await harness.publish(batch));
  }
}

/** The hours that the events are in, by account. */
function hoursOf(events: readonly OracleEvent[]): Map<AccountId, number[]> {
  const hours = new Map<AccountId, Set<number>>();
  for (const { accountId, timestampMs } of events) {
    const own = hours.get(accountId as AccountId) ?? new Set();
    hours.set(accountId as AccountId, own.add(Math.floor(timestampMs / HOUR_MS)));
  }
  return new Map([...hours].map(([accountId, own]) => [accountId, [...own]]));
}

async function each(
  organisationId: OrganisationId,
  events: readonly OracleEvent[],
  work: 'compare' | 'rebuild',
): Promise<Comparison[]> {
  const found: Comparison[] = [];
  for (const [accountId, hours] of hoursOf(events)) {
    const scope = { organisationId, accountId, eventName, hours };
    found.push(
      work === 'compare'
        ? await inSnapshot(harness.mongo, (db, session) => compareHours(db, session, scope))
        : await inTransaction(harness.mongo, (session) =>
            rebuildHours(harness.mongo.db, session, scope),
          ),
    );
  }
  return found;
}

async function differences(organisationId: OrganisationId, events: readonly OracleEvent[]) {
  const found = await each(organisationId, events, 'compare');
  return found.flatMap((comparison) => comparison.differences);
}

async function story(seed: number, count = 200) {
  const organisationId = newOrganisation();
  const events = storyOfFew(organisationId, count, seed);
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  return { organisationId, events, meter };
}

function numberOf(meter: Meter, method: string): number {
  return meter.profiles.find((profile) => profile.method === method)?.number ?? 0;
}

/** Changes the first bucket of a profile behind the service's back. */
async function corrupt(name: string, meter: Meter, method: string, update: Document) {
  const filter = { o: meter.organisationId, p: numberOf(meter, method) };
  const { matchedCount } = await harness.mongo.db.collection(name).updateOne(filter, update);
  expect(matchedCount).toBe(1);
}

async function withdraw(organisationId: OrganisationId, keys: Iterable<string>): Promise<void> {
  const { mongo } = harness;
  const withdrawals = await inSnapshot(mongo, async (db, session) => {
    const all = [];
    for (const key of keys) {
      const found = await findEvent(db, session, organisationId, key);
      if (found === undefined) throw new Error(`There is no event ${key}.`);
      all.push({ segmentId: found.segment.id, index: found.index, atMs: 5, by: 'corr_1' });
    }
    return all;
  });
  await inTransaction(mongo, (session) =>
    withdrawEvents(mongo.db, session, organisationId, withdrawals),
  );
}

describe('buckets', () => {
  test('that the lanes have written are what the events say', async () => {
    const { organisationId, events } = await story(31);
    await publishAll(events);
    const found = await each(organisationId, events, 'compare');
    expect(found.flatMap((comparison) => comparison.differences)).toEqual([]);
    const counted = oracleStored(events).filter((event) => event.eventName === eventName).length;
    expect(found.reduce((sum, { eventCount }) => sum + eventCount, 0)).toBe(counted);
    expect(found.reduce((sum, { bucketCount }) => sum + bucketCount, 0)).toBeGreaterThan(100);
  });

  test('that are damaged are named, mended, and the others left alone', async () => {
    const { organisationId, events, meter } = await story(32);
    await publishAll(events);
    await settleAll(harness);
    const { db } = harness.mongo;
    await corrupt('usage_days', meter, 'count', { $inc: { n: 1 } });
    await corrupt('usage_days', meter, 'max', { $unset: { h: 1 } });
    const gone = { o: organisationId, p: numberOf(meter, 'latest') };
    await db.collection('usage_days').deleteOne(gone);
    const values = { o: organisationId, p: numberOf(meter, 'count_unique') };
    await db.collection('unique_days').deleteOne(values);
    const found = await differences(organisationId, events);
    const profiles = new Set(found.map(({ profile }) => profile));
    const damaged = ['count', 'max', 'latest', 'count_unique'];
    expect(profiles).toEqual(new Set(damaged.map((method) => numberOf(meter, method))));
    expect(found.some(({ hour }) => hour === undefined)).toBe(true);
    const before = await db.collection('usage_days').find({ o: organisationId }).toArray();
    const mended = await each(organisationId, events, 'rebuild');
    expect(mended.flatMap((comparison) => comparison.differences)).toEqual(found);
    expect(await differences(organisationId, events)).toEqual([]);
    await expectStory(harness, meter, events);
    const after = await db.collection('usage_days').find({ o: organisationId }).toArray();
    const known = new Set(before.map((doc) => JSON.stringify(doc)));
    const changed = after.filter((doc) => !known.has(JSON.stringify(doc)));
    expect(changed.length).toBeLessThanOrEqual(damaged.length);
  });

  test('follow when events are withdrawn, for every method', async () => {
    const { organisationId, events, meter } = await story(33);
    await publishAll(events);
    const stored = oracleStored(events);
    const withdrawn = new Set(stored.filter((_, n) => n % 3 === 0).map(({ key }) => key));
    await withdraw(organisationId, withdrawn);
    await each(organisationId, events, 'rebuild');
    await expectStory(
      harness,
      meter,
      stored.filter(({ key }) => !withdrawn.has(key)),
    );
    expect(await differences(organisationId, events)).toEqual([]);
  });

  test('of which every event is withdrawn are as if there had been none', async () => {
    const { organisationId, events, meter } = await story(34, 60);
    await publishAll(events);
    await withdraw(
      organisationId,
      oracleStored(events).map(({ key }) => key),
    );
    await each(organisationId, events, 'rebuild');
    await expectStory(harness, meter, []);
    const left = harness.mongo.db.collection('usage_days').countDocuments({ o: organisationId });
    expect(await left).toBe(0);
  });

  test('that are rebuilt while additions wait count these once', async () => {
    const { organisationId, events, meter } = await story(36);
    await publishAll(events.slice(0, 130));
    await settleAll(harness);
    await publishAll(events.slice(130));
    const { db } = harness.mongo;
    expect((await countAdditions(db)).size).toBeGreaterThan(0);
    await db.collection('usage_days').updateMany({ o: organisationId }, { $inc: { n: 7 } });
    await each(organisationId, events, 'rebuild');
    await settleAll(harness);
    expect(await differences(organisationId, events)).toEqual([]);
    await expectStory(harness, meter, events);
  });

  test('of a running backfill hold what it has passed and what came after its profiles', async () => {
    const organisationId = newOrganisation();
    const events = storyOfFew(organisationId, 160, 35);
    await publishAll(events.slice(0, 80));
    const meter = await harness.createMeter(organisationId, STORY_PROFILES);
    await publishAll(events.slice(80));
    const context = { mongo: harness.mongo, nowMs: Date.now };
    const numbers = meter.profiles.map(({ number }) => number);
    let steps = 0;
    for (;;) {
      const { db } = harness.mongo;
      const [backfill] = await backfillsOf(db, undefined, organisationId, numbers);
      if (backfill === undefined || backfill.complete) break;
      const found = await each(organisationId, events, steps % 2 === 0 ? 'compare' : 'rebuild');
      expect(found.flatMap((comparison) => comparison.differences)).toEqual([]);
      await backfillChunk(context, backfill, { eventCount: 12, bucketCount: 1_000 });
      steps += 1;
    }
    expect(steps).toBeGreaterThan(3);
    expect(await differences(organisationId, events)).toEqual([]);
    await expectStory(harness, meter, events);
  });
});
