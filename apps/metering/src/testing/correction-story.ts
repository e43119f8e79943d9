import type { OrganisationId } from '@billingrails/ids';
import { correctionsOf } from '../corrections/store/corrections';
import { readEventCounts } from '../outcomes/store/event-counts';
import { expectedUsage, usageOf } from './check';
import { differencesOf } from './compare';
import type { Harness } from './harness';
import type { OracleEvent, OracleProfile } from './oracle/oracle';
import {
  oracleStanding,
  type OracleArrival,
  type OracleContent,
} from './oracle/oracle-corrections';
import { recountAll } from './recounts';
import { newOrganisation } from './story';

/** The day on which a story's events are. */
export const STORY_DAY = { startMs: Date.UTC(2024, 0, 1), endMs: Date.UTC(2024, 0, 2) };
export const EVER = { startMs: 0, endMs: Date.UTC(2200, 0, 1) };
const NAME = 'Song played';

/** One of each method, with its place as its code. */
export const METHODS = [
  ...['sum', 'count', 'count_unique', 'max', 'min', 'latest', 'average'],
  'time_weighted_sum',
];

/** One account's story: what arrives, and what became of it. */
export class CorrectionStory {
  readonly organisationId: OrganisationId = newOrganisation();
  readonly arrived: OracleArrival[] = [];
  #receiveTimeMs = Date.UTC(2026, 0, 1);

  constructor(private readonly harness: Harness) {}

  event(key: string, seconds: number, timestampMs = STORY_DAY.startMs): OracleEvent {
    const content = contentOf(seconds, timestampMs);
    const owner = { organisationId: this.organisationId, accountId: 'acct_1' };
    return { ...owner, key, ...content, receiveTimeMs: this.pass(1_000) };
  }

  correction(correctionId: string, key: string, amended?: OracleContent, accountId = 'acct_1') {
    const { organisationId } = this;
    const receiveTimeMs = this.pass(1_000);
    return { organisationId, accountId, key, correctionId, amended, receiveTimeMs };
  }

  /** Lets time pass before the next arrival. */
  pass(ms: number): number {
    return (this.#receiveTimeMs += ms);
  }

  async arrive(...arrivals: OracleArrival[]): Promise<void> {
    this.arrived.push(...arrivals);
    await this.harness.applied(await this.harness.publish(arrivals));
  }

  async states(): Promise<string[][]> {
    const keys = [...new Set(this.arrived.map(({ key }) => key))];
    const { db } = this.harness.mongo;
    const all = await correctionsOf(db, undefined, this.organisationId, keys);
    return all.map(({ id, state }) => [id, state]);
  }

  /** What a profile of each method says of the day, before anything else arrives. */
  async meterAll(): Promise<() => Promise<Record<string, string>>> {
    const { mongo } = this.harness;
    const meter = await this.harness.createMeter(this.organisationId, METHODS.map(profileOf));
    return async () => {
      await recountAll(this.harness);
      const values: Record<string, string> = {};
      const stored = oracleStanding(this.arrived);
      for (const [index, method] of METHODS.entries()) {
        const rows = await usageOf(mongo, meter, `p${index}`, [STORY_DAY]);
        values[method] = rows.find(({ accountId }) => accountId === 'acct_1')?.value ?? '';
        const profile = profileOf(method);
        expect(rows).toEqual(expectedUsage(stored, this.organisationId, profile, [STORY_DAY]));
      }
      expect(await differencesOf(mongo, meter)).toEqual([]);
      return values;
    };
  }

  counts(period = EVER) {
    return readEventCounts(this.harness.mongo.db, undefined, this.organisationId, period);
  }
}

export function contentOf(
  seconds: number,
  timestampMs = STORY_DAY.startMs,
  eventName = NAME,
): OracleContent {
  return { eventName, timestampMs, properties: JSON.stringify({ seconds }) };
}

export function profileOf(method: string): OracleProfile {
  return { eventName: NAME, method, property: method === 'count' ? [] : ['seconds'], filters: [] };
}
