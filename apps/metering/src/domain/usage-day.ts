import type { AccountId, OrganisationId } from '@billingrails/ids';
import { aggregationOf, type AggregationMethod, type Sample, type UsageState } from './aggregation';
import type { UsageEvent } from './event';
import { dayOf, hourOf } from './hours';
import type { CompiledProfile } from './profile';

/** Which usage a bucket holds: one UTC day of one account under one profile. */
export interface UsageDayKey {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** The profile's number. */
  readonly profile: number;
  /** In days since 1970-01-01, UTC. */
  readonly day: number;
}

/** What some events add to a day: each hour's state, and the day's. */
export interface UsageDay extends UsageDayKey {
  readonly method: AggregationMethod;
  readonly total: UsageState;
  /** By hour of the UTC day, 0-23; only those with events. */
  readonly hours: ReadonlyMap<number, UsageState>;
}

interface Collected extends UsageDayKey {
  readonly method: AggregationMethod;
  readonly samples: Map<number, Sample[]>;
}

/** Gathers what profiles counted of a chunk of events, so that each bucket is written once. */
export class UsageCollector {
  /** By account and day, then by profile. */
  readonly #days = new Map<string, Map<number, Collected>>();
  /** Of the event added last: profiles are asked about one event after the other. */
  #last: { readonly event: UsageEvent; readonly profiles: Map<number, Collected> } | undefined;

  /** Notes that a profile counted an event, with the value it read. */
  add(profile: CompiledProfile, event: UsageEvent, value: Sample['value']): void {
    const { samples } = this.#dayOf(profile, event);
    const hour = hourOf(event.timestampMs);
    const sample = { timestampMs: event.timestampMs, key: event.key, value };
    const ofHour = samples.get(hour);
    if (ofHour === undefined) samples.set(hour, [sample]);
    else ofHour.push(sample);
  }

  /** All that was gathered, one entry a bucket. */
  days(): UsageDay[] {
    return [...this.#days.values()].flatMap((profiles) => [...profiles.values()].map(toDay));
  }

  #dayOf({ number, method }: CompiledProfile, event: UsageEvent): Collected {
    const profiles = this.#profilesOf(event);
    let collected = profiles.get(number);
    if (collected === undefined) {
      const { organisationId, accountId } = event;
      const key = { organisationId, accountId, profile: number, day: dayOf(event.timestampMs) };
      collected = { ...key, method, samples: new Map<number, Sample[]>() };
      profiles.set(number, collected);
    }
    return collected;
  }

  #profilesOf(event: UsageEvent): Map<number, Collected> {
    if (this.#last?.event === event) return this.#last.profiles;
    const { organisationId, accountId, timestampMs } = event;
    const key = `${organisationId}/${accountId}/${dayOf(timestampMs)}`;
    let profiles = this.#days.get(key);
    if (profiles === undefined) this.#days.set(key, (profiles = new Map<number, Collected>()));
    this.#last = { event, profiles };
    return profiles;
  }
}

function toDay({ samples, ...day }: Collected): UsageDay {
  const aggregation = aggregationOf(day.method);
  const hours = new Map<number, UsageState>();
  for (const [hour, ofHour] of samples) hours.set(hour, aggregation.ofEvents(ofHour));
  return { ...day, total: aggregation.merge([...hours.values()]), hours };
}

/** A bucket's name. No account id holds a slash, so no two buckets have the same one. */
export function usageDayIdOf(key: UsageDayKey): string {
  return `${key.organisationId}/${key.accountId}/${key.profile}/${key.day}`;
}
