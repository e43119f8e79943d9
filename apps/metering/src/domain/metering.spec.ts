import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { AccountId } from '@billingrails/ids';
import { windowsOf, type Period, type Window } from '@billingrails/time';
import { compileProfile, type CompiledProfile } from '../meters/domain/profile';
import { countOutcomes } from '../outcomes/domain/chunk';
import { MergedPlans, placed, versionsFor } from '../testing/merged-plans';
import {
  ACCOUNTS,
  arrivals,
  chunkSizes,
  cut,
  ORGANISATION,
  profiles,
  ranges,
} from '../testing/oracle/arbitraries';
import {
  oracleGroupOf,
  oracleGroups,
  oracleStored,
  oracleUsage,
  oracleVerdict,
  type OracleEvent,
  type OracleProfile,
} from '../testing/oracle/oracle';
import type { UsageTable } from '../usage/domain/usage-table';
import { groupValues, type NamedGroup } from './group';

/** Versions of different profiles have numbers that are far apart. */
const numberOf = (index: number) => index * 10 + 1;

function metered(
  arrived: readonly OracleEvent[],
  sizes: number[],
  wanted: OracleProfile[],
): MergedPlans {
  const lists = new Map<string, CompiledProfile[]>();
  for (const [index, profile] of wanted.entries()) {
    const others = lists.get(profile.eventName) ?? [];
    const versions = versionsFor(profile, numberOf(index)).map(compileProfile);
    lists.set(profile.eventName, [...others, ...versions]);
  }
  const merged = new MergedPlans(lists);
  for (const chunk of cut(arrived.map(placed), sizes)) merged.apply(chunk);
  return merged;
}

function expectedRow(
  stored: readonly OracleEvent[],
  profile: OracleProfile,
  accountId: string,
  period: Period,
  timeZone = 'UTC',
  group?: string,
) {
  const parts = windowsOf(period, profile.timeWindow ?? 'none', timeZone);
  const of = { organisationId: ORGANISATION, accountId, ...period, parts };
  const told = oracleUsage(stored, profile, group === undefined ? of : { ...of, group });
  return { accountId, ...period, ...told };
}

/** The rows of an account's groups, with the groups as the oracle has them. */
function rowsByGroup(table: UsageTable, profile: OracleProfile, accountId: AccountId) {
  return table.groupsOf(accountId).flatMap((named) =>
    table.rowsOf(accountId, named).map(({ named: _shown, ...row }) => ({
      ...row,
      group: shownGroup(profile, named),
    })),
  );
}

/** The oracle's name of a group. */
function shownGroup(profile: OracleProfile, { group, version }: NamedGroup): string {
  return oracleGroupOf(groupValues(group), profile.revisions?.[version - 2] ?? profile);
}

describe('metering agrees with the oracle', () => {
  const wanted = fc.array(profiles, { minLength: 1, maxLength: 3 });

  test('for any order, batching, duplicates, conflicts and late events, in any range', () => {
    fc.assert(
      fc.property(arrivals, chunkSizes, wanted, ranges, (arrived, sizes, three, range) => {
        const twice = [...arrived, ...arrived.slice(0, 10)];
        const merged = metered(twice, sizes, three);
        const stored = oracleStored(twice);
        for (const [index, profile] of three.entries()) {
          const versions = versionsFor(profile, numberOf(index));
          const table = merged.table(profile, versions, [range]);
          for (const accountId of ACCOUNTS) {
            const rows = table.rowsOf(accountId as AccountId);
            expect(rows).toEqual([expectedRow(stored, profile, accountId, range)]);
            const of = { organisationId: ORGANISATION, accountId, ...range };
            const hasUsage = oracleGroups(stored, profile, of).length > 0;
            expect(table.hasUsage(accountId as AccountId)).toBe(hasUsage);
          }
        }
      }),
      { numRuns: howMany(120, 1_000) },
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
      { numRuns: howMany(50, 300) },
    );
  });

  const windows = fc.constantFrom<Window>('none', 'minute', 'hour', 'day', 'week', 'month');
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns');

  test('in windows of any kind and zone', () => {
    fc.assert(
      fc.property(
        arrivals,
        profiles,
        ranges,
        windows,
        zones,
        (arrived, profile, whole, window, timeZone) => {
          const range = window === 'minute' ? atMostAnHour(whole) : whole;
          const merged = metered(arrived, [7], [profile]);
          const stored = oracleStored(arrived);
          const periods = windowsOf(range, window, timeZone);
          const versions = versionsFor(profile, 1);
          const table = merged.table(profile, versions, periods, { timeZone });
          for (const accountId of ACCOUNTS) {
            const rows = table.rowsOf(accountId as AccountId);
            const expected = periods.map((period) =>
              expectedRow(stored, profile, accountId, period, timeZone),
            );
            expect(rows).toEqual(expected);
          }
        },
      ),
      { numRuns: howMany(50, 300) },
    );
  });

  test('group by group, from buckets and from events alone', () => {
    fc.assert(
      fc.property(
        arrivals,
        profiles,
        ranges,
        fc.boolean(),
        (arrived, profile, range, fromEvents) => {
          const merged = metered(arrived, [7], [profile]);
          const stored = oracleStored(arrived);
          const options = { byGroup: true, fromEvents };
          const table = merged.table(profile, versionsFor(profile, 1), [range], options);
          for (const accountId of ACCOUNTS) {
            const of = { organisationId: ORGANISATION, accountId, ...range };
            const expected = oracleGroups(stored, profile, of).map((group) => ({
              ...expectedRow(stored, profile, accountId, range, 'UTC', group),
              group,
            }));
            const rows = rowsByGroup(table, profile, accountId as AccountId);
            expect(rows.sort((a, b) => (a.group < b.group ? -1 : 1))).toEqual(expected);
          }
        },
      ),
      { numRuns: howMany(80, 500) },
    );
  });

  test('about what became of every event', () => {
    fc.assert(
      fc.property(arrivals, chunkSizes, wanted, (arrived, sizes, three) => {
        const merged = metered(arrived, sizes, three);
        const stored = oracleStored(arrived);
        const states = stored.map((event) => {
          const kinds = three
            .filter(({ eventName }) => eventName === event.eventName)
            .map((profile) => oracleVerdict(event, profile).kind);
          if (kinds.length === 0) return 'unmatched';
          return (['counted', 'unusable', 'filtered_out'] as const).find((k) => kinds.includes(k));
        });
        expect(merged.outcomes.map(({ state }) => state)).toEqual(states);
        const counts = countOutcomes(merged.outcomes);
        const sum = counts.counted + counts.unusable + counts.filtered_out + counts.unmatched;
        expect(sum + merged.duplicateCount + merged.conflictCount).toBe(arrived.length);
      }),
      { numRuns: howMany(50, 300) },
    );
  });
});

function atMostAnHour({ startMs, endMs }: Period): Period {
  return { startMs, endMs: Math.min(endMs, startMs + 3_600_000) };
}
