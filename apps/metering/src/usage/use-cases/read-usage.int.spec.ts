import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { isAccountId } from '@billingrails/ids';
import { windowsOf, type Period, type Window } from '@billingrails/time';
import { groupValues } from '../../domain/group';
import type { Meter } from '../../meters/domain/meter';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import {
  ACCOUNTS,
  arrivals,
  chunkSizes,
  cut,
  profiles,
  ranges,
} from '../../testing/oracle/arbitraries';
import {
  oracleGroupOf,
  oracleGroups,
  oracleStored,
  oracleUsage,
  type OracleEvent,
  type OracleProfile,
} from '../../testing/oracle/oracle';
import { newOrganisation } from '../../testing/story';
import type { UsageRow } from '../domain/usage-table';
import { readUsage } from './read-usage';

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

interface Question {
  readonly range: Period;
  readonly window: Window;
  readonly timeZone: string;
  readonly byGroup: boolean;
  readonly omitEmpty: boolean;
  /** How many of the events that arrived are known. */
  readonly knownCount: number | undefined;
}

const questions: fc.Arbitrary<Question[]> = fc.array(
  fc
    .record({
      range: ranges,
      window: fc.constantFrom<Window>('none', 'minute', 'hour', 'day', 'week', 'month'),
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'),
      byGroup: fc.boolean(),
      omitEmpty: fc.boolean(),
      knownCount: fc.oneof(fc.constant(undefined), fc.nat(90)),
    })
    .map(({ range: { startMs, endMs }, ...rest }) => {
      const longest = rest.window === 'minute' ? 2 * 3_600_000 : Infinity;
      return { ...rest, range: { startMs, endMs: Math.min(endMs, startMs + longest) } };
    }),
  { minLength: 4, maxLength: 8 },
);

/** Keys meet only in one account, whose events are metered in order; each event is received after the one before. */
function arrivalsOf(events: readonly OracleEvent[], organisationId: string): OracleEvent[] {
  return events.map((event, index) => ({
    ...event,
    organisationId,
    key: `${event.key} of ${event.accountId}`,
    receiveTimeMs: index,
  }));
}

function expectedRows(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  organisationId: string,
  { range, window, timeZone, byGroup, omitEmpty, knownCount = Infinity }: Question,
) {
  const known = stored.filter(({ receiveTimeMs = 0 }) => receiveTimeMs <= knownCount);
  const versions = [profile, ...(profile.revisions ?? [])].filter((rules, index, all) => {
    const [fromMs, toMs] = [fromMsOf(rules), fromMsOf(all[index + 1] ?? { fromMs: Infinity })];
    return (profile.recurring === true || toMs > range.startMs) && fromMs < range.endMs;
  });
  const isByGroup = byGroup && versions.some(({ groupBy = [] }) => groupBy.length > 0);
  return ACCOUNTS.flatMap((accountId) => {
    const of = { organisationId, accountId, ...range };
    const groups = isByGroup ? oracleGroups(known, profile, of) : [undefined];
    return groups.flatMap((group) =>
      windowsOf(range, window, timeZone).map((period) => {
        const parts = windowsOf(period, profile.timeWindow ?? 'none', timeZone);
        const question = { ...of, ...period, parts, ...(group === undefined ? {} : { group }) };
        return { accountId, ...period, group, ...oracleUsage(known, profile, question) };
      }),
    );
  })
    .filter(({ eventCount }) => !omitEmpty || eventCount > 0)
    .map((row) => JSON.stringify(row, Object.keys(row).sort()))
    .sort();
}

function fromMsOf(rules: object): number {
  return 'fromMs' in rules ? Number(rules.fromMs) : -Infinity;
}

function comparable({ named, ...row }: UsageRow, profile: OracleProfile): string {
  const rules = profile.revisions?.[(named?.version ?? 0) - 2] ?? profile;
  const group = named === undefined ? undefined : oracleGroupOf(groupValues(named.group), rules);
  const whole = { ...row, group };
  return JSON.stringify(whole, Object.keys(whole).sort());
}

async function answerOf(
  meter: Meter,
  profile: OracleProfile,
  { range, window, knownCount, ...rest }: Question,
): Promise<string[]> {
  const { rows } = await readUsage(harness.mongo, {
    ...rest,
    organisationId: meter.organisationId,
    meterId: meter.id,
    profileCode: 'p0',
    accounts: ACCOUNTS.filter(isAccountId),
    windows: windowsOf(range, window, rest.timeZone),
    knownAtMs: knownCount,
  });
  return rows.map((row) => comparable(row, profile)).sort();
}

describe('usage is what the oracle says', () => {
  test('in any window, zone and group, across versions, now and as it was known', async () => {
    const wanted = fc.array(profiles, { minLength: 2, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(arrivals, chunkSizes, wanted, questions, async (all, sizes, some, asked) => {
        const organisationId = newOrganisation();
        const meters: Meter[] = [];
        for (const profile of some) {
          meters.push(await harness.createMeter(organisationId, [profile]));
        }
        const arrived = arrivalsOf(all, organisationId);
        for (const batch of cut(arrived, sizes)) {
          await harness.applied(await harness.publish(batch));
        }
        const stored = oracleStored(arrived);
        for (const [index, meter] of meters.entries()) {
          const profile = some[index] as OracleProfile;
          for (const question of asked) {
            const expected = expectedRows(stored, profile, organisationId, question);
            expect(await answerOf(meter, profile, question)).toEqual(expected);
          }
        }
      }),
      { numRuns: howMany(4, 12) },
    );
  });
});
