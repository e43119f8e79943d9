import { quantityText } from '@billingrails/filters';
import {
  aggregationOf,
  NO_USAGE,
  type AggregationMethod,
  type UsageState,
} from '../../domain/aggregation';
import type { UsageDay, UsageDayKey } from '../../usage/domain/usage-day';

/** A bucket, or an hour of it, that is not what the events say. */
export interface UsageDifference extends UsageDayKey {
  /** Of the UTC day; undefined: the day's total. */
  readonly hour: number | undefined;
  /** What is stored and what the events come to, for people to read. */
  readonly stored: string;
  readonly expected: string;
}

/** What is stored of a day. */
export interface StoredUsage {
  readonly total: UsageState;
  readonly hours: ReadonlyMap<number, UsageState>;
}

/** A day as it must be, and in what the stored one differs from that. */
export interface ComparedDay {
  readonly day: UsageDay;
  readonly differences: readonly UsageDifference[];
}

/** Compares some hours of a day with what the events in them come to; what is stored of its other hours is believed. */
export function compareDay(
  key: UsageDayKey & { readonly method: AggregationMethod },
  stored: StoredUsage,
  expected: ReadonlyMap<number, UsageState>,
  compared: ReadonlySet<number>,
): ComparedDay {
  const { method, organisationId, accountId, profile, group, day } = key;
  const kept = [...stored.hours].filter(([hour]) => !compared.has(hour));
  const hours = new Map([...kept, ...expected]);
  const total = aggregationOf(method).merge([...hours.values()]);
  const differences: UsageDifference[] = [];
  const note = (hour: number | undefined, isStored: UsageState, mustBe: UsageState) => {
    if (sameUsage(isStored, mustBe)) return;
    const bucket = { organisationId, accountId, profile, group, day };
    differences.push({ ...bucket, hour, stored: textOf(isStored), expected: textOf(mustBe) });
  };
  for (const hour of compared) {
    note(hour, stored.hours.get(hour) ?? NO_USAGE, expected.get(hour) ?? NO_USAGE);
  }
  note(undefined, totalOf(method, stored.total), totalOf(method, total));
  return { day: { ...key, total, hours }, differences };
}

/** The total of a level is only kept as how many events it is of. */
function totalOf(method: AggregationMethod, total: UsageState): UsageState {
  return method === 'time_weighted_sum' ? { ...NO_USAGE, eventCount: total.eventCount } : total;
}

/** Whether states are the same, but for distinct values, which are stored apart. */
function sameUsage(a: UsageState, b: UsageState): boolean {
  return (
    a.eventCount === b.eventCount &&
    (a.eventCount === 0 ||
      ((a.quantity ?? 0n) === (b.quantity ?? 0n) &&
        a.origin?.timestampMs === b.origin?.timestampMs &&
        a.origin?.key === b.origin?.key &&
        a.held?.firstMs === b.held?.firstMs &&
        a.held?.area === b.held?.area))
  );
}

function textOf({ eventCount, quantity, origin, held }: UsageState): string {
  const parts = [`${eventCount} events`];
  if (quantity !== undefined) parts.push(quantityText(quantity));
  if (origin !== undefined) parts.push(`of ${origin.key} at ${timeText(origin.timestampMs)}`);
  if (held !== undefined) {
    parts.push(`since ${timeText(held.firstMs)} times milliseconds ${quantityText(held.area)}`);
  }
  return parts.join(', ');
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
