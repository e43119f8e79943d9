import { inTransaction } from '@billingrails/mongo';
import type { OrganisationId } from '@billingrails/ids';
import { findAlone } from '../store/find';
import { dayOf } from '../domain/hours';
import { readRawHorizon } from '../events/store/raw-horizon';
import { segmentCollection } from '../events/store/segments';
import { askForRecounts } from '../recounts/store/recounts';
import { startHarness, type Harness } from '../testing/harness';
import { runLanes, type RunningLanes } from '../testing/lanes';
import { recountAll } from '../testing/recounts';
import {
  expectStory,
  newOrganisation,
  STORY_HOURS,
  STORY_PROFILES,
  storyEvents,
} from '../testing/story';
import { readUsage } from '../usage/use-cases/read-usage';
import { deleteOldEvents } from '../events/use-cases/delete-old-events';

/** Inside the story, which begins two days before and ends a day after. */
const HORIZON_MS = Date.UTC(2024, 5, 1);

let harness: Harness;
let lanes: RunningLanes;

beforeEach(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness);
});

afterEach(async () => {
  await lanes.stop();
  await harness.close();
});

function deleteOld(): Promise<boolean> {
  const { mongo, logger } = harness;
  const context = { mongo, logger, nowMs: Date.now, retentionDays: 40, isMine: () => true };
  return deleteOldEvents(context, HORIZON_MS, new AbortController().signal);
}

const oldSegments = () =>
  segmentCollection(harness.mongo.db).countDocuments({ lt: { $lt: new Date(HORIZON_MS) } });

const keys = () => harness.mongo.db.collection('event_keys').countDocuments();

test('raw events of days before the horizon are deleted; usage of whole hours and every key stay', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  const events = storyEvents(organisationId, 600, 31);
  await harness.applied(await harness.publish(events));
  const keysBefore = await keys();
  expect(await oldSegments()).toBeGreaterThan(0);
  expect(await deleteOld()).toBe(true);
  expect(await oldSegments()).toBe(0);
  expect(await segmentCollection(harness.mongo.db).countDocuments()).toBeGreaterThan(0);
  // What comes again is still known.
  await harness.applied(await harness.publish(events.slice(0, 200)));
  expect(await keys()).toBe(keysBefore);
  expect(await oldSegments()).toBe(0);
  await expectStory(harness, meter, events, STORY_PROFILES, [STORY_HOURS]);
});

test('what needs single events of before the horizon is refused, and after it answered', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  await harness.applied(await harness.publish(storyEvents(organisationId, 300, 32)));
  await deleteOld();
  const ragged = (startMs: number) =>
    readUsage(harness.mongo, {
      organisationId: organisationId as OrganisationId,
      meterId: meter.id,
      profileCode: 'p0',
      accounts: ['acct_1' as never],
      windows: [{ startMs, endMs: startMs + 5_000_000 }],
    });
  await expect(ragged(HORIZON_MS - 10_000_000)).rejects.toMatchObject({
    kind: 'precondition',
    reason: 'RAW_EVENTS_DELETED',
  });
  expect((await ragged(HORIZON_MS + 1)).rows).toHaveLength(1);
});

test('events that are still being backfilled are not deleted', async () => {
  const organisationId = newOrganisation();
  await harness.applied(await harness.publish(storyEvents(organisationId, 300, 33)));
  // Nothing works off the backfill that this creates.
  await harness.createMeter(organisationId, STORY_PROFILES);
  const before = await oldSegments();
  expect(await deleteOld()).toBe(false);
  const after = segmentCollection(harness.mongo.db).find({ lt: { $lt: new Date(HORIZON_MS) } });
  const names = new Set((await after.toArray()).map(({ en }) => en));
  expect(names).toEqual(new Set(['Song played']));
  expect(await oldSegments()).toBeLessThan(before);
});

test('events of an account of which a day is being counted again are not deleted until it is', async () => {
  const organisationId = newOrganisation();
  await harness.createMeter(organisationId, STORY_PROFILES);
  await harness.applied(await harness.publish(storyEvents(organisationId, 300, 34)));
  const { mongo } = harness;
  const old = { o: organisationId, lt: { $lt: new Date(HORIZON_MS) }, en: 'Song played' };
  const [one] = await segmentCollection(mongo.db).find(old).toArray();
  if (one === undefined) throw new Error('There are old events.');
  const { a: accountId, en: eventName, lt, pt: partition } = one;
  const day = { organisationId, accountId, eventName, day: dayOf(lt.getTime()), hours: [20, 21] };
  await inTransaction(mongo, (session) =>
    askForRecounts(mongo.db, session, partition, [day], { corrected: true, nowMs: 0 }),
  );
  await deleteOld();
  const left = await segmentCollection(mongo.db).find(old).toArray();
  expect(new Set(left.map(({ a }) => a))).toEqual(new Set([accountId]));
  await recountAll(harness);
  await deleteOld();
  expect(await segmentCollection(mongo.db).countDocuments(old)).toBe(0);
});

test('the horizon never moves back', async () => {
  await deleteOld();
  const { mongo, logger } = harness;
  const context = { mongo, logger, nowMs: Date.now, retentionDays: 41, isMine: () => true };
  await deleteOldEvents(context, HORIZON_MS - 86_400_000, new AbortController().signal);
  expect(await readRawHorizon(findAlone(mongo.db))).toBe(HORIZON_MS);
});
