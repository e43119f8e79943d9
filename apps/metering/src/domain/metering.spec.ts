import fc from 'fast-check';
import type { Filter } from '@billingrails/filters';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { windowsOf, type Period } from '@billingrails/time';
import {
  ACCOUNTS,
  arrivals,
  chunkSizes,
  cut,
  ORGANISATION,
  profiles,
  ranges,
} from '../testing/arbitraries';
import {
  oracleStored,
  oracleUsage,
  oracleVerdict,
  type OracleEvent,
  type OracleProfile,
} from '../testing/oracle';
import { aggregationOf, type AggregationMethod } from './aggregation';
import { countOutcomes, planChunk } from './chunk';
import { eventIdOf, type PlacedEvent, type UsageEvent } from './event';
import type { Outcome } from './outcome';
import { compileProfile, type CompiledProfile } from './profile';
import { usageDayIdOf, type UsageDay } from './usage-day';
import { UsageTable } from './usage-table';

/** What the database would hold: the plans of chunks, merged. */
class Books {
  readonly stored = new Map<string, UsageEvent>();
  readonly outcomes: Outcome[] = [];
  readonly days = new Map<string, UsageDay>();
  duplicateCount = 0;
  conflictCount = 0;

  apply(events: readonly PlacedEvent[], compiled: ReadonlyMap<string, CompiledProfile[]>): void {
    const profilesOf = (_organisation: OrganisationId, name: string) => compiled.get(name) ?? [];
    const plan = planChunk({ events, stored: this.stored, profilesOf });
    for (const { event, outcome } of plan.events) {
      this.stored.set(event.id, event);
      this.outcomes.push(outcome);
    }
    for (const day of plan.usage) this.merge(day);
    this.duplicateCount += plan.duplicateCount;
    this.conflictCount += plan.conflicts.length;
  }

  private merge(day: UsageDay): void {
    const id = usageDayIdOf(day);
    const { merge } = aggregationOf(day.method);
    const before = this.days.get(id);
    const hours = new Map(before?.hours);
    for (const [hour, state] of day.hours) {
      const known = hours.get(hour);
      hours.set(hour, known === undefined ? state : merge([known, state]));
    }
    const total = before === undefined ? day.total : merge([before.total, day.total]);
    this.days.set(id, { ...day, total, hours });
  }

  /** Fills a table as a query does, from totals, hours, distinct values and events. */
  table(profile: CompiledProfile, eventName: string, windows: readonly Period[]): UsageTable {
    const table = new UsageTable(profile.method, windows);
    const { totals, hourDays, raw } = table.needs;
    for (const day of this.days.values()) {
      if (day.profile !== profile.number) continue;
      const withoutValues = { ...day.total, values: undefined };
      if (day.day >= totals.fromDay && day.day < totals.toDay) {
        table.addTotal(day.accountId, day.day, withoutValues);
      }
      const hours = [...day.hours].map(
        ([h, state]) => [h, { ...state, values: undefined }] as const,
      );
      if (hourDays.includes(day.day)) table.addHours(day.accountId, day.day, new Map(hours));
      for (const [hour, { values }] of day.hours) {
        for (const value of values ?? []) table.addValue(day.accountId, day.day, value, 1 << hour);
      }
    }
    for (const event of this.stored.values()) {
      const { timestampMs, key, accountId, properties } = event;
      if (event.eventName !== eventName) continue;
      if (!raw.some((edge) => timestampMs >= edge.startMs && timestampMs < edge.endMs)) continue;
      const evaluation = profile.evaluate(
        JSON.parse(Buffer.from(properties).toString()),
        timestampMs,
      );
      if (evaluation.kind !== 'counted') continue;
      table.addEvent(accountId, { timestampMs, key, value: evaluation.value });
    }
    return table;
  }
}

function placed(event: OracleEvent, index: number): PlacedEvent {
  return {
    event: {
      id: eventIdOf(event.organisationId as OrganisationId, event.key),
      organisationId: event.organisationId as OrganisationId,
      accountId: event.accountId as AccountId,
      eventName: event.eventName,
      key: event.key,
      timestampMs: event.timestampMs,
      timestampAssigned: false,
      receiveTimeMs: 0,
      properties: Buffer.from(event.properties),
    },
    place: { partition: 0, seq: index + 1, index: 0 },
  };
}

function compiled(profile: OracleProfile, number: number): CompiledProfile {
  const rules = {
    number,
    method: profile.method as AggregationMethod,
    property: profile.property.map((key) => key.replaceAll('.', '\\.')).join('.'),
    filters: profile.filters as Filter[],
    groupBy: [],
  };
  return compileProfile({ profile: rules, fromMs: -Infinity, toMs: Infinity });
}

function metered(arrived: readonly OracleEvent[], sizes: number[], wanted: OracleProfile[]): Books {
  const books = new Books();
  const lists = new Map<string, CompiledProfile[]>();
  for (const [index, profile] of wanted.entries()) {
    const others = lists.get(profile.eventName) ?? [];
    lists.set(profile.eventName, [...others, compiled(profile, index + 1)]);
  }
  for (const chunk of cut(arrived.map(placed), sizes)) books.apply(chunk, lists);
  return books;
}

describe('metering agrees with the oracle', () => {
  const wanted = fc.array(profiles, { minLength: 1, maxLength: 3 });

  test('for any order, batching, duplicates, conflicts and late events, in any range', () => {
    fc.assert(
      fc.property(arrivals, chunkSizes, wanted, ranges, (arrived, sizes, three, range) => {
        const twice = [...arrived, ...arrived.slice(0, 10)];
        const books = metered(twice, sizes, three);
        const stored = oracleStored(twice);
        for (const [index, profile] of three.entries()) {
          const table = books.table(compiled(profile, index + 1), profile.eventName, [range]);
          for (const accountId of ACCOUNTS) {
            const [row] = table.rowsOf(accountId as AccountId);
            const of = { organisationId: ORGANISATION, accountId, ...range };
            const expected = oracleUsage(stored, profile, of);
            expect({ value: row?.value, eventCount: row?.eventCount }).toEqual(expected);
            expect(table.hasEvents(accountId as AccountId)).toBe(expected.eventCount > 0);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the order of arrival changes nothing where keys do not conflict', () => {
    fc.assert(
      fc.property(
        arrivals,
        chunkSizes,
        wanted,
        fc.infiniteStream(fc.nat()),
        (all, sizes, three, dice) => {
          const arrived = oracleStored(all);
          const shuffled = arrived
            .map((event) => ({ event, at: dice.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ event }) => event);
          const inOrder = metered(arrived, sizes, three);
          const inDisorder = metered(shuffled, [...sizes].reverse(), three);
          expect(new Map(inDisorder.days)).toEqual(new Map(inOrder.days));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('in windows of any kind and zone', () => {
    const windows = fc.constantFrom('none', 'hour', 'day', 'month') as fc.Arbitrary<'none'>;
    const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns');
    fc.assert(
      fc.property(
        arrivals,
        profiles,
        ranges,
        windows,
        zones,
        (arrived, profile, range, window, zone) => {
          const books = metered(arrived, [7], [profile]);
          const stored = oracleStored(arrived);
          const periods = windowsOf(range, window, zone);
          const table = books.table(compiled(profile, 1), profile.eventName, periods);
          for (const accountId of ACCOUNTS) {
            const rows = table.rowsOf(accountId as AccountId);
            const expected = periods.map((period) => ({
              accountId,
              ...period,
              ...oracleUsage(stored, profile, {
                organisationId: ORGANISATION,
                accountId,
                ...period,
              }),
            }));
            expect(rows).toEqual(expected);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('about what became of every event', () => {
    fc.assert(
      fc.property(arrivals, chunkSizes, wanted, (arrived, sizes, three) => {
        const books = metered(arrived, sizes, three);
        const stored = oracleStored(arrived);
        const states = stored.map((event) => {
          const kinds = three
            .filter(({ eventName }) => eventName === event.eventName)
            .map((profile) => oracleVerdict(event, profile).kind);
          if (kinds.length === 0) return 'unmatched';
          return (['counted', 'unusable', 'filtered_out'] as const).find((k) => kinds.includes(k));
        });
        expect(books.outcomes.map(({ state }) => state)).toEqual(states);
        const counts = countOutcomes(books.outcomes);
        const sum = counts.counted + counts.unusable + counts.filtered_out + counts.unmatched;
        expect(sum + books.duplicateCount + books.conflictCount).toBe(arrived.length);
      }),
      { numRuns: 300 },
    );
  });
});
