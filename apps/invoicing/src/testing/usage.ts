import { unavailable } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { groupKey, type GroupValue } from '@billingrails/rating';
import type { UsageQuestion, UsageSource, UsageSum } from '../explanations/usage-source';

/** An event that metering counts. */
export interface ScriptedEvent {
  readonly accountId: AccountId;
  readonly key: string;
  readonly timeMs: number;
  /** When metering got it. Unset: at once. */
  readonly knownMs?: number;
  readonly value: string;
  readonly group?: readonly GroupValue[];
}

/** Metering's side: plain lists of events, summed one by one. */
export interface ScriptedUsage extends UsageSource {
  readonly events: UsageSource['events'];
  /** What it has counted, whatever the profile. */
  readonly counted: ScriptedEvent[];
  /** While true, metering cannot be asked. */
  down: boolean;
  /** How many questions it was asked. */
  asked: number;
}

const DAY_MS = 86_400_000;

/** Opens a metering that sums. */
export function scriptedUsage(): ScriptedUsage {
  const counted: ScriptedEvent[] = [];
  const found = (question: UsageQuestion): ScriptedEvent[] => {
    if (scripted.down) throw unavailable('METERING_UNAVAILABLE', 'Away.', 100);
    scripted.asked += 1;
    const { accountId, groups, period, knownMs = Infinity } = question;
    return counted.filter(
      (event) =>
        event.accountId === accountId &&
        event.timeMs >= period.startMs &&
        event.timeMs < period.endMs &&
        (event.knownMs ?? event.timeMs) <= knownMs &&
        (groups?.some((group) => groupKey(group) === groupKey(event.group ?? [])) ?? true),
    );
  };
  const scripted: ScriptedUsage = {
    counted,
    down: false,
    asked: 0,
    sum: async (question) => sumOf(found(question)),
    async *groups(question) {
      const groups = new Map<string, ScriptedEvent[]>();
      for (const event of found(question)) {
        const key = groupKey(event.group ?? []);
        groups.set(key, [...(groups.get(key) ?? []), event]);
      }
      // A page for each shows that pages are put together.
      for (const events of groups.values())
        yield [{ ...sumOf(events), group: events[0]?.group ?? [] }];
    },
    async *days(question) {
      const days = new Map<number, ScriptedEvent[]>();
      for (const event of found(question)) {
        const day = Math.floor(event.timeMs / DAY_MS);
        days.set(day, [...(days.get(day) ?? []), event]);
      }
      for (const [day, events] of [...days].sort(([a], [b]) => a - b)) {
        const period = { startMs: day * DAY_MS, endMs: (day + 1) * DAY_MS };
        yield [{ period, ...sumOf(events) }];
      }
    },
    async *groupDays(question) {
      const { groups = [[]], period } = question;
      const events = found(question);
      for (const group of groups) {
        const own = events.filter(
          (event) =>
            question.groups === undefined || groupKey(event.group ?? []) === groupKey(group),
        );
        if (question.groups !== undefined && own.length === 0) continue;
        for (let startMs = period.startMs; startMs < period.endMs; startMs += DAY_MS) {
          const day = { startMs, endMs: startMs + DAY_MS };
          const ofDay = own.filter(({ timeMs }) => timeMs >= startMs && timeMs < day.endMs);
          // A page for each day, as above.
          yield [{ period: day, group, ...sumOf(ofDay) }];
        }
      }
    },
    async *events(question, except = new Set()) {
      const events = found(question);
      for (const { key, timeMs, value, group = [] } of events)
        if (!except.has(groupKey(group))) {
          const inGroup = group.length === 0 ? {} : { group: { values: group, profileVersion: 1 } };
          yield { events: [{ key, timeMs, value, deciding: true, carried: false, ...inGroup }] };
        }
      yield { events: [], sum: sumOf(events) };
    },
  };
  return scripted;
}

function sumOf(events: readonly ScriptedEvent[]): UsageSum {
  let quantity = decimal(0n);
  for (const { value } of events) quantity = quantity.add(decimal(value));
  return { quantity, eventCount: BigInt(events.length) };
}
