import { seededRandom } from '@billingrails/testing';
import type { OrganisationId } from '@billingrails/ids';
import { moveRawHorizon } from '../../events/store/raw-horizon';
import type { Meter } from '../../meters/domain/meter';
import { nextRecountOf } from '../../recounts/store/recounts';
import { recountHours } from '../../recounts/use-cases/recount-day';
import { expectedUsage, usageOf } from '../../testing/check';
import { differencesOf } from '../../testing/compare';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import type { OracleEvent, OracleProfile } from '../../testing/oracle/oracle';
import { recountAll } from '../../testing/recounts';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness);
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

const HOUR = Date.UTC(2024, 2, 30, 12);
const level = {
  ...{ eventName: 'Seats', method: 'time_weighted_sum', property: ['seats'], filters: [] },
};
const profiles: OracleProfile[] = [level, { ...level, groupBy: [['team']], recurring: true }];
const windows = [
  { startMs: HOUR - 3_600_000, endMs: HOUR + 7_200_000 },
  { startMs: HOUR + 1, endMs: HOUR + 1_234_567 },
];

/** Events of one hour; of each two that follow, one comes long before the other. */
function seats(organisationId: string, count: number): OracleEvent[] {
  const random = seededRandom(5);
  const events = Array.from({ length: count }, (_, n) => ({
    ...{ organisationId, accountId: 'acct_1', eventName: 'Seats', key: `${n}` },
    timestampMs: HOUR + Math.floor(random() * 3_600_000),
    properties: JSON.stringify({ seats: n % 7, team: n % 3 }),
  }));
  return events;
}

test('levels of one hour that arrive in any order are exact, however many there are', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, profiles);
  const events = seats(organisationId, 240);
  for (let from = 0; from < events.length; from += 20) {
    await harness.applied(await harness.publish(events.slice(from, from + 20)));
  }
  await expectUsage(meter, organisationId, events);
});

async function expectUsage(
  meter: Meter,
  organisationId: OrganisationId,
  events: readonly OracleEvent[],
): Promise<void> {
  expect(await differencesOf(harness.mongo, meter)).toEqual([]);
  for (const [index, profile] of profiles.entries()) {
    const rows = await usageOf(harness.mongo, meter, `p${index}`, windows.slice(0, 1));
    expect(rows).toEqual(expectedUsage(events, organisationId, profile, windows.slice(0, 1)));
    const ragged = await usageOf(harness.mongo, meter, `p${index}`, windows.slice(1));
    expect(ragged).toEqual(expectedUsage(events, organisationId, profile, windows.slice(1)));
  }
}

test('late levels of an hour with more events than a transaction may read are counted in steps, partial meanwhile', async () => {
  await lanes.stop();
  const few = await runLanes(harness, { recountLimits: { eventCount: 60, bucketCount: 10 } });
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, profiles);
  const events = seats(organisationId, 200);
  const [first = [], second = [], third = []] = [0, 120, 160].map((from, index) =>
    events.slice(from, [120, 160, 200][index]),
  );
  const arrive = async (some: readonly OracleEvent[]) => {
    for (let from = 0; from < some.length; from += 20) {
      await harness.applied(await harness.publish(some.slice(from, from + 20)));
    }
  };
  await arrive(first);
  const recountOf = () => nextRecountOf(harness.mongo.db, harness.partitions, organisationId, '');
  // More come while they are counted again, also late ones: they are counted with them, once.
  let recount = await recountOf();
  expect(recount).toMatchObject({ hours: [12] });
  while (recount !== undefined) {
    const comeMeanwhile = () => arrive(second.splice(0));
    await recountHours(harness.mongo, recount, { afterRead: comeMeanwhile });
    recount = await recountOf();
  }
  await expectUsage(meter, organisationId, events.slice(0, 160));
  await arrive(third);
  await recountAll(harness, { eventCount: 50, bucketCount: 1 });
  await expectUsage(meter, organisationId, events);
  await few.stop();
  lanes = await runLanes(harness);
});

test('a level that comes late to an hour whose events are deleted is counted, and holds no time', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, [level]);
  const [late, ...events] = seats(organisationId, 100).sort(
    (a, b) => a.timestampMs - b.timestampMs,
  );
  // Between two others that are settled.
  const between = { ...(late as OracleEvent), timestampMs: (events[3]?.timestampMs ?? 0) + 1 };
  await harness.applied(await harness.publish(events));
  await moveRawHorizon(harness.mongo.db, HOUR + 3_600_000);
  await harness.applied(await harness.publish([between]));
  const [row] = await usageOf(harness.mongo, meter, 'p0', windows.slice(0, 1));
  const [expected] = expectedUsage(events, organisationId, level, windows.slice(0, 1));
  expect(row).toEqual({ ...expected, eventCount: events.length + 1 });
});
