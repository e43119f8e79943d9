import type { AccountId, OrganisationId } from '@billingrails/ids';
import {
  aggregationOf,
  type AggregationMethod,
  type Sample,
  type UsageState,
} from '../../domain/aggregation';
import { gatheredBy } from '../../domain/gathered-by';
import { NO_GROUP, type Group } from '../../domain/group';
import { dayOf, hourOf } from '../../domain/hours';
import type { UsageEvent } from '../../events/domain/event';
import type { CompiledProfile } from '../../meters/domain/profile';

/** Which usage a bucket holds: one UTC day of one account (or a group of it) under one version of a profile. */
export interface UsageDayKey {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** The profile's number. */
  readonly profile: number;
  readonly group: Group;
  /** In days since 1970-01-01, UTC. */
  readonly day: number;
}

/** The events that a profile counted on a day. */
export interface CollectedDay extends UsageDayKey {
  readonly by: CompiledProfile;
  readonly eventName: string;
  /** By hour of the UTC day, 0-23; only those with events. */
  readonly samples: ReadonlyMap<number, readonly Sample[]>;
}

/** What some events add to a day: each hour's state, and the day's. */
export interface UsageDay extends UsageDayKey {
  readonly method: AggregationMethod;
  readonly total: UsageState;
  /** By hour of the UTC day, 0-23; only those with events. */
  readonly hours: ReadonlyMap<number, UsageState>;
}

interface Collecting extends CollectedDay {
  readonly samples: Map<number, Sample[]>;
}

/** Of one account and day: by profile, and where it has groups by group, too. */
type CollectingDays = Map<number | string, Collecting>;

/** Gathers what profiles counted of a chunk of events, so that each bucket is written once. */
export class UsageCollector {
  /** By account and day. */
  readonly #days = new Map<string, CollectingDays>();
  #size = 0;
  /** Of the event added last: profiles are asked about one event after the other. */
  #last: { readonly event: UsageEvent; readonly days: CollectingDays } | undefined;

  /** Notes that a profile counted an event in a group, with the value it read. */
  add(by: CompiledProfile, event: UsageEvent, value: Sample['value'], group: Group): void {
    const { samples } = this.#dayOf(by, event, group);
    const hour = hourOf(event.timestampMs);
    const sample = { timestampMs: event.timestampMs, key: event.key, value };
    const ofHour = samples.get(hour);
    if (ofHour === undefined) samples.set(hour, [sample]);
    else ofHour.push(sample);
  }

  /** How many buckets it has gathered for. */
  get size(): number {
    return this.#size;
  }

  /** All that was gathered, one entry a bucket; of an account's groups on a day, those first that came first. */
  days(): CollectedDay[] {
    return [...this.#days.values()].flatMap((days) => [...days.values()]);
  }

  #dayOf(by: CompiledProfile, event: UsageEvent, group: Group): Collecting {
    const days = this.#daysOf(event);
    const name = group === NO_GROUP ? by.number : `${by.number}/${group}`;
    let collecting = days.get(name);
    if (collecting === undefined) {
      const { organisationId, accountId, eventName, timestampMs } = event;
      // Written out: of each bucket of each chunk, spreading an object cost more than all else here.
      collecting = {
        organisationId,
        accountId,
        profile: by.number,
        group,
        day: dayOf(timestampMs),
        by,
        eventName,
        samples: new Map<number, Sample[]>(),
      };
      days.set(name, collecting);
      this.#size += 1;
    }
    return collecting;
  }

  #daysOf(event: UsageEvent): CollectingDays {
    if (this.#last?.event === event) return this.#last.days;
    const { organisationId, accountId, timestampMs } = event;
    const key = `${organisationId}/${accountId}/${dayOf(timestampMs)}`;
    let days = this.#days.get(key);
    if (days === undefined) this.#days.set(key, (days = new Map()));
    this.#last = { event, days };
    return days;
  }
}

/** Collects nothing: for events whose outcome is asked and whose usage is counted already. */
export const IGNORING_COLLECTOR: Pick<UsageCollector, 'add'> = { add: () => undefined };

/** What the events of a day come to. */
export function usageDayOf(collected: CollectedDay): UsageDay {
  const { by, samples, organisationId, accountId, profile, group, day } = collected;
  const aggregation = aggregationOf(by.method);
  const hours = new Map<number, UsageState>();
  for (const [hour, ofHour] of samples) hours.set(hour, aggregation.ofEvents(ofHour));
  const total = totalOf(by.method, hours);
  return { organisationId, accountId, profile, group, day, method: by.method, total, hours };
}

/** The state of a day by those of its hours. */
export function totalOf(
  method: AggregationMethod,
  hours: ReadonlyMap<number, UsageState>,
): UsageState {
  const [first, ...others] = hours.values();
  if (first !== undefined && others.length === 0) return first;
  return aggregationOf(method).merge([...hours.values()]);
}

/** The same additions, one entry a bucket. Not for methods whose states merge only in order of time. */
export function joinDays(days: readonly UsageDay[]): UsageDay[] {
  return [...gatheredBy(days, usageDayIdOf).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [others.length === 0 ? first : joined(first, others)],
  );
}

function joined(first: UsageDay, others: readonly UsageDay[]): UsageDay {
  const hours = joinHours(first.method, [first, ...others]);
  return { ...first, total: totalOf(first.method, hours), hours };
}

/** The same events, one entry a bucket. */
export function joinCollected(days: readonly CollectedDay[]): CollectedDay[] {
  return [...gatheredBy(days, usageDayIdOf).values()].flatMap(([first, ...others]) => {
    if (first === undefined || others.length === 0) return first ?? [];
    const samples = new Map<number, Sample[]>();
    for (const [hour, ofHour] of [first, ...others].flatMap((day) => [...day.samples])) {
      samples.set(hour, [...(samples.get(hour) ?? []), ...ofHour]);
    }
    return { ...first, samples };
  });
}

/** The hours of several parts of a day, each once. Not for methods whose states merge only in order of time. */
export function joinHours(
  method: AggregationMethod,
  parts: readonly Pick<UsageDay, 'hours'>[],
): Map<number, UsageState> {
  const { merge } = aggregationOf(method);
  const states = new Map<number, UsageState[]>();
  for (const { hours } of parts) {
    for (const [hour, state] of hours) {
      const ofHour = states.get(hour);
      if (ofHour === undefined) states.set(hour, [state]);
      else ofHour.push(state);
    }
  }
  return new Map([...states].map(([hour, ofHour]) => [hour, merge(ofHour)] as const));
}

/**
 * A bucket's name. No account id holds a slash and a group is empty, or a JSON list, or one that only has a name, so no
 * two buckets have the same one.
 */
export function usageDayIdOf({
  organisationId,
  accountId,
  profile,
  group,
  day,
}: UsageDayKey): string {
  const id = `${organisationId}/${accountId}/${profile}/${day}`;
  return group === NO_GROUP ? id : `${id}/${group}`;
}
