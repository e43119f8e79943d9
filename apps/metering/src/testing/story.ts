import { createIdSource, isAccountId, type OrganisationId } from '@billingrails/ids';
import { seededRandom } from '@billingrails/testing';
import { windowsOf, type Period } from '@billingrails/time';
import type { Meter } from '../meters/domain/meter';
import type { LaneCounts } from '../partitions/store/partitions';
import { readUsage } from '../usage/use-cases/read-usage';
import type { Harness } from './harness';
import { oracleStored, oracleUsage, type OracleEvent, type OracleProfile } from './oracle/oracle';

const ids = createIdSource(Date.now, Math.random);
const EVENT_NAME = 'Song played';
const START_MS = Date.UTC(2024, 4, 30, 20);
const SPAN_MS = 60 * 3_600_000;
const ACCOUNTS = Array.from({ length: 24 }, (_, n) => `acct_${n}`);

/** Profiles of every method, some carried, in parts or with groups, with filters that let most events pass. */
export const STORY_PROFILES: readonly OracleProfile[] = [
  { eventName: EVENT_NAME, method: 'sum', property: ['seconds'], filters: [] },
  {
    eventName: EVENT_NAME,
    method: 'count',
    property: [],
    filters: [{ property: ['country'], operator: 'in', values: ['USA', 'DE'] }],
  },
  { eventName: EVENT_NAME, method: 'count_unique', property: ['song'], filters: [] },
  { eventName: EVENT_NAME, method: 'max', property: ['seconds'], filters: [] },
  { eventName: EVENT_NAME, method: 'min', property: ['seconds'], filters: [] },
  { eventName: EVENT_NAME, method: 'latest', property: ['seconds'], filters: [] },
  { eventName: EVENT_NAME, method: 'average', property: ['seconds'], filters: [] },
  {
    ...{ eventName: EVENT_NAME, method: 'time_weighted_sum', property: ['seconds'], filters: [] },
    ...{ recurring: true, timeWindow: 'day', groupBy: [['country']] },
  },
];

/** An organisation that nobody used before, so that keys are free. */
export function newOrganisation(): OrganisationId {
  return ids.next('org');
}

/** Events over two and a half days and many accounts; every tenth comes twice. The same for the same seed. */
export function storyEvents(organisationId: string, count: number, seed: number): OracleEvent[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const events = Array.from({ length: count }, (_, index) => ({
    organisationId,
    accountId: pick(ACCOUNTS),
    eventName: random() < 0.9 ? EVENT_NAME : 'Song skipped',
    key: `${seed}-${index}`,
    timestampMs: START_MS + Math.floor(random() * SPAN_MS),
    properties: JSON.stringify({
      seconds: pick<unknown>([1, 0.1, '0.000000000000000001', 240, -3.5, 'unknown', null]),
      country: pick(['USA', 'DE', 'FR']),
      song: pick(['a', 'b', 'c', 1, true]),
    }),
  }));
  return events.flatMap((event) => (random() < 0.1 ? [event, event] : [event]));
}

/**
 * The same of few accounts, whose every day has buckets of every profile: where each of them is looked at by itself.
 */
export function storyOfFew(organisationId: string, count: number, seed: number): OracleEvent[] {
  const few = ACCOUNTS.slice(0, FEW);
  const events = storyEvents(organisationId, (count * ACCOUNTS.length) / FEW, seed);
  return events.filter(({ accountId }) => few.includes(accountId));
}

const FEW = 6;

/** The whole time of a story, from hour to hour. */
export const STORY_HOURS = { startMs: START_MS, endMs: START_MS + SPAN_MS };
const RAGGED = { startMs: START_MS + 4_567_891, endMs: START_MS + 40 * 3_600_000 + 17 };

/** Compares all accounts' usage over the whole time and over a ragged part of it with the oracle. */
export async function expectStory(
  harness: Harness,
  meter: Meter,
  arrived: readonly OracleEvent[],
  profiles: readonly OracleProfile[] = STORY_PROFILES,
  ranges: readonly Period[] = [STORY_HOURS, RAGGED],
): Promise<void> {
  const stored = oracleStored(arrived);
  const { organisationId } = meter;
  for (const [index, profile] of profiles.entries()) {
    for (const range of ranges) {
      const { rows, partial } = await readUsage(harness.mongo, {
        organisationId,
        meterId: meter.id,
        profileCode: meter.profiles[index]?.code ?? '',
        accounts: ACCOUNTS.filter(isAccountId),
        windows: [range],
      });
      const expected = ACCOUNTS.map((accountId) => ({
        accountId,
        ...range,
        ...oracleUsage(stored, profile, {
          ...{ organisationId, accountId, ...range },
          parts: windowsOf(range, profile.timeWindow ?? 'none', 'UTC'),
        }),
      }));
      expect({ method: profile.method, rows }).toEqual({ method: profile.method, rows: expected });
      expect(partial).toBe(false);
    }
  }
}

/** What became of what came in between. */
export function since(before: LaneCounts, after: LaneCounts): LaneCounts {
  const names = Object.keys(after) as (keyof LaneCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as LaneCounts;
}
