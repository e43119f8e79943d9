import fc from 'fast-check';
import type { AccountId } from '@billingrails/ids';
import { howMany } from '@billingrails/testing';
import { windowsOf } from '@billingrails/time';
import { groupValues } from '../../domain/group';
import type { Meter } from '../../meters/domain/meter';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import {
  oracleUsage,
  oracleGroups,
  type OracleEvent,
  type OracleProfile,
} from '../../testing/oracle/oracle';
import { newOrganisation } from '../../testing/story';
import { readUsage, type UsagePosition } from './read-usage';

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

const DAY_MS = 86_400_000;
const START = Date.UTC(2024, 2, 30);
const accountId = 'acct_1';

/** Names that sort one way by UTF-16 units and another way by bytes, and such as JSON must escape. */
const region = fc.oneof(
  fc.constantFrom('', 'eu', '\uE000', '\u{1F600}', '"', '\u0001', null, true, 5),
  fc.integer({ min: 0, max: 40 }).map((n) => `region ${n}`),
);

const events = fc.array(
  fc.record({ region, seconds: fc.integer({ min: -5, max: 9 }), atMs: fc.nat(3 * DAY_MS) }),
  { minLength: 20, maxLength: 90 },
);

const profiles: fc.Arbitrary<OracleProfile> = fc.record({
  eventName: fc.constant('Call'),
  method: fc.constantFrom('sum', 'max', 'latest', 'count_unique', 'time_weighted_sum'),
  property: fc.constant(['seconds']),
  filters: fc.constant([]),
  groupBy: fc.constant([['region']]),
});

async function rowsInPages(meter: Meter, startMs: number, rowsMax: number) {
  const windows = windowsOf({ startMs, endMs: START + 2 * DAY_MS + 1 }, 'day', 'UTC');
  const rows: unknown[] = [];
  let from: UsagePosition | undefined = { skip: 0, after: '', afterGroup: undefined };
  while (from !== undefined) {
    const page = await readUsage(harness.mongo, {
      ...{ organisationId: meter.organisationId, meterId: meter.id, profileCode: '' },
      ...{ accounts: [accountId as AccountId], windows, byGroup: true },
      page: { from, accountsMax: 10, rowsMax },
    });
    expect(page.rows.length).toBeLessThanOrEqual(Math.max(rowsMax, windows.length));
    for (const { named, accountId: _account, ...row } of page.rows) {
      rows.push({ ...row, group: JSON.stringify(groupValues(named?.group ?? '')) });
    }
    from = page.next;
  }
  return { rows, windows };
}

test('the rows of groups are the same whatever came first, however many there are, in pages of any size', async () => {
  const pageRows = fc.integer({ min: 1, max: 12 });
  const order = fc.infiniteStream(fc.nat());
  await fc.assert(
    fc.asyncProperty(events, profiles, pageRows, order, async (sent, profile, rowsMax, dice) => {
      const all = sent.map(({ region, seconds, atMs }, n): OracleEvent => ({
        ...{ organisationId: '', accountId, eventName: 'Call', key: `k${n}` },
        timestampMs: START + atMs,
        properties: JSON.stringify({ seconds, region }),
      }));
      const shuffled = all
        .map((event) => ({ event, at: dice.next().value ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ event }) => event);
      const answers: unknown[] = [];
      for (const arrived of [all, shuffled]) {
        const organisationId = newOrganisation();
        const meter = await harness.createMeter(organisationId, [profile]);
        const own = arrived.map((event) => ({ ...event, organisationId }));
        for (const half of [own.slice(0, 15), own.slice(15)]) {
          await harness.applied(await harness.publish(half));
        }
        // Ragged at its start, so that there are groups which only events tell of.
        const { rows, windows } = await rowsInPages(meter, START + 1_000, rowsMax);
        answers.push(rows);
        const whole = { organisationId, accountId, startMs: START + 1_000 };
        const groups = oracleGroups(own, profile, {
          ...whole,
          endMs: windows.at(-1)?.endMs ?? 0,
        });
        const expected = groups.flatMap((group) =>
          windows.map((window) => ({
            ...{ ...window, group: group.slice(0, group.lastIndexOf(' of ')) },
            ...oracleUsage(own, profile, { ...whole, ...window, group }),
          })),
        );
        const text = (row: object) => JSON.stringify(row, Object.keys(row).sort());
        expect((rows as object[]).map(text).sort()).toEqual(expected.map(text).sort());
      }
      expect(answers[1]).toEqual(answers[0]);
    }),
    { numRuns: howMany(6, 30) },
  );
});
