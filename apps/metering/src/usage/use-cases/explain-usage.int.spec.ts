import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { AccountId } from '@billingrails/ids';
import { windowsOf } from '@billingrails/time';
import { valueText } from '../../outcomes/domain/verdict';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import { ACCOUNTS, chunkSizes, cut, profiles, ranges } from '../../testing/oracle/arbitraries';
import { correctedArrivals } from '../../testing/oracle/correction-arbitraries';
import { oracleUsage, type OracleEvent, type OracleProfile } from '../../testing/oracle/oracle';
import { oracleStanding } from '../../testing/oracle/oracle-corrections';
import { newOrganisation } from '../../testing/story';
import { explainUsage, type ExplainedEvent, type ExplainQuery } from './explain-usage';

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

async function explain(query: ExplainQuery) {
  const events: ExplainedEvent[] = [];
  let quantity: { value: string; eventCount: number } | undefined;
  for await (const part of explainUsage(harness.mongo, query)) {
    expect(quantity).toBeUndefined();
    if ('events' in part) events.push(...part.events);
    else quantity = part;
  }
  return { events, quantity };
}

/** What a caller sees of an event, as an event of its own: its value is all that it holds. */
function toldEvent(
  { timestampMs, key, value, named }: ExplainedEvent,
  { method, eventName }: OracleProfile,
  of: { organisationId: string; accountId: string },
): OracleEvent {
  const text = valueText(value);
  const told: unknown = method === 'count_unique' ? JSON.parse(text) : text;
  const properties = JSON.stringify({ told, group: JSON.stringify(named) });
  return { ...of, eventName, key, timestampMs, properties };
}

/** Counts told events as the profile counts, without its paths and filters. */
function telling({ eventName, method, recurring, timeWindow }: OracleProfile): OracleProfile {
  return {
    ...{ eventName, method, property: method === 'count' ? [] : ['told'], filters: [] },
    ...(recurring === undefined ? {} : { recurring }),
    ...(timeWindow === undefined ? {} : { timeWindow }),
    groupBy: [['group']],
  };
}

describe('an explanation', () => {
  test('lets the caller work out the quantity again, from all events or from those that decide', async () => {
    const zones = fc.constantFrom('UTC', 'Asia/Kolkata');
    const when = fc.option(fc.nat({ max: 60 }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(
        ...([correctedArrivals, chunkSizes, profiles, ranges, zones, when] as const),
        async (arrivalsOf, sizes, profile, period, timeZone, known) => {
          const organisationId = newOrganisation();
          const meter = await harness.createMeter(organisationId, [profile]);
          const arrived = arrivalsOf(organisationId);
          for (const batch of cut(arrived, sizes)) {
            await harness.applied(await harness.publish(batch));
          }
          const next = known === undefined ? undefined : arrived[known];
          const knownAtMs = next && next.receiveTimeMs && next.receiveTimeMs - 500;
          const stored = oracleStanding(next === undefined ? arrived : arrived.slice(0, known));
          const parts = windowsOf(period, profile.timeWindow ?? 'none', timeZone);
          for (const accountId of ACCOUNTS) {
            const of = { organisationId, accountId, ...period, parts };
            const expected = oracleUsage(stored, profile, of);
            for (const decidingOnly of [false, true]) {
              const { events, quantity } = await explain({
                ...{ organisationId, meterId: meter.id, profileCode: '', period, timeZone },
                ...{ accountId: accountId as AccountId, group: undefined, knownAtMs },
                decidingOnly,
              });
              expect(quantity).toEqual(expected);
              const told = events.map((event) => toldEvent(event, profile, of));
              expect(oracleUsage(told, telling(profile), of).value).toBe(expected.value);
              const inside = events.filter(({ carried }) => !carried);
              if (!decidingOnly) expect(inside).toHaveLength(expected.eventCount);
              const decidingMax = mostDeciding(profile, parts.length, expected);
              expect(events.filter(({ deciding }) => deciding).length).toBeLessThanOrEqual(
                decidingMax,
              );
              expect(isInOrder(events)).toBe(true);
              for (const { carried, timestampMs } of events) {
                expect(carried).toBe(timestampMs < period.startMs);
              }
            }
          }
        },
      ),
      { numRuns: howMany(3, 25) },
    );
  });
});

/** How many events decide at most. */
function mostDeciding(
  { method }: OracleProfile,
  partCount: number,
  { value }: { readonly value: string },
): number {
  if (['max', 'min', 'latest'].includes(method)) return partCount;
  return method === 'count_unique' ? Number(value) : Infinity;
}

function isInOrder(events: readonly ExplainedEvent[]): boolean {
  return events.every(({ timestampMs, key }, index) => {
    const before = events[index - 1];
    if (before === undefined || before.timestampMs < timestampMs) return true;
    const order = Buffer.compare(Buffer.from(before.key), Buffer.from(key));
    return before.timestampMs === timestampMs && order < 0;
  });
}
