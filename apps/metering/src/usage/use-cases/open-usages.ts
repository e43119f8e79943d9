import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import { aggregationOf, amountText, type UsageState } from '../../domain/aggregation';
import { gatheredBy } from '../../domain/gathered-by';
import { parseProperties } from '../../events/domain/event';
import { readEvents } from '../../events/store/events';
import type { StoredEvent } from '../../events/store/segments';
import { compileProfile } from '../../meters/domain/profile';
import { subjectOf, subjectsBeingRecounted } from '../../recounts/store/recounts';
import type { Find } from '../../store/find';
import { together } from '../../store/snapshot';
import {
  daysOfCover,
  joined,
  openCover,
  statesWithin,
  type ClosedUsage,
  type OpenCover,
} from '../domain/open-usage';
import { joinPeriods } from '../domain/usage-cover';
import type { DayRange } from '../domain/usage-cuts';
import type { UsageDay } from '../domain/usage-day';
import { readAdditions } from '../store/usage-additions';
import type { StoredDay } from '../store/usage-day-doc';
import { readDaysOf } from '../store/usage-days';

/** What an account used in a period. */
export interface AccountUsage {
  /** An exact decimal; empty where there is none. */
  readonly value: string;
  readonly eventCount: number;
  /** Whether earlier events, or what corrections have changed, are still being counted. */
  readonly partial: boolean;
  /** The newest version of the profile. */
  readonly profileVersion: number;
}

/** A period of an account of which a part is closed. */
export interface HalfClosed {
  readonly accountId: AccountId;
  readonly period: Period;
  readonly closed: ClosedUsage;
}

interface Open extends HalfClosed {
  readonly cover: OpenCover | undefined;
}

/** A bucket, stored or waiting. */
type Bucket = Pick<UsageDay, 'day' | 'total' | 'hours'>;

/** Reads what is open of periods in a snapshot: all of it in the same turn, however many periods. */
export class OpenUsages {
  constructor(
    private readonly find: Find,
    private readonly organisationId: OrganisationId,
    private readonly partitionCount: number,
  ) {}

  /**
   * What the periods came to, in their order. Undefined of one that is missing, and of one that has to be read alone:
   * something of it is being recounted, or events are dated after its end in the hour that it ends in.
   */
  async read(periods: readonly (HalfClosed | undefined)[]): Promise<(AccountUsage | undefined)[]> {
    const opens = periods.map((half): Open | undefined => {
      return half && { ...half, cover: openCover(half.period, half.closed.untilMs) };
    });
    const all = opens.flatMap((open) => open ?? []);
    if (all.length === 0) return periods.map(() => undefined);
    const [recounted, buckets, events] = await together([
      this.#recounted(all),
      this.#buckets(all),
      this.#events(all),
    ]);
    return opens.map((open) => {
      if (open === undefined) return undefined;
      const { accountId, closed } = open;
      const subject = subjectOf({ accountId, eventName: closed.eventName });
      if (recounted.has(subject)) return undefined;
      const number = closed.version.profile.number;
      const ofProfile = buckets.get(bucketsOf(accountId, number)) ?? [];
      return usageOf(open, ofProfile, events.get(subject) ?? []);
    });
  }

  #recounted(all: readonly Open[]): Promise<ReadonlySet<string>> {
    const eventNames = [...new Set(all.map(({ closed }) => closed.eventName))];
    const of = { organisationId: this.organisationId, accountIds: accountsOf(all), eventNames };
    return subjectsBeingRecounted(this.find, of);
  }

  /** By `bucketsOf`. */
  async #buckets(all: readonly Open[]): Promise<Map<string, Bucket[]>> {
    const { find, organisationId, partitionCount } = this;
    const withHours = all.filter(({ cover }) => cover && cover.fromHour < cover.toHour);
    if (withHours.length === 0) return new Map();
    const accountIds = accountsOf(withHours);
    const methods = new Map(
      withHours.map(({ closed: { version } }) => [version.profile.number, version.profile.method]),
    );
    const days = hullOf(withHours.flatMap(({ cover }) => (cover ? daysOfCover(cover) : [])));
    const stored: (StoredDay & { readonly profile: number })[] = [];
    const settled = async () => {
      const found = readDaysOf(find, { organisationId, accountIds, methods }, days);
      for await (const day of found) stored.push(day);
    };
    const [waiting] = await together([
      readAdditions(find, organisationId, accountIds, partitionCount),
      settled(),
    ]);
    return gatheredBy([...stored, ...waiting], (day) => bucketsOf(day.accountId, day.profile));
  }

  /** By `subjectOf`. */
  async #events(all: readonly Open[]): Promise<Map<string, StoredEvent[]>> {
    const { find, organisationId } = this;
    const ragged = all.filter(({ cover }) => cover?.raw ?? cover?.ahead);
    const found: StoredEvent[] = [];
    const byName = gatheredBy(ragged, ({ closed }) => closed.eventName);
    const read = async ([eventName, ofName]: [string, Open[]]) => {
      const periods = ofName.flatMap(({ cover }) =>
        [cover?.raw, cover?.ahead].flatMap((p) => p ?? []),
      );
      const accountIds = accountsOf(ofName);
      const of = { organisationId, accountIds, eventName, periods: joinPeriods(periods) };
      for await (const event of readEvents(find, of)) found.push(event);
    };
    await together([...byName].map(read));
    return gatheredBy(found, ({ event }) => subjectOf(event));
  }
}

function usageOf(
  { period, closed, cover }: Open,
  buckets: readonly Bucket[],
  events: readonly StoredEvent[],
): AccountUsage | undefined {
  const { version, newestVersion, state } = closed;
  const states = [state];
  if (cover !== undefined) {
    const isAhead = events.some(({ event }) => isWithin(cover.ahead, event.timestampMs));
    if (isAhead) return undefined;
    states.push(...buckets.flatMap((bucket) => statesWithin(cover, bucket)));
    const inside = events.filter(({ event }) => isWithin(cover.raw, event.timestampMs));
    states.push(...statesOfEvents(closed, inside));
  }
  const { amount, eventCount } = joined(version.profile, period, states);
  return {
    value: amount === undefined ? '' : amountText(amount),
    ...{ eventCount, partial: false, profileVersion: newestVersion },
  };
}

/** What the version counts of events. */
function statesOfEvents({ version }: ClosedUsage, events: readonly StoredEvent[]): UsageState[] {
  if (events.length === 0) return [];
  const { evaluate } = compileProfile(version);
  const samples = events.flatMap(({ event: { timestampMs, key, properties } }) => {
    const evaluation = evaluate(parseProperties(properties), timestampMs);
    return evaluation.kind === 'counted' ? { timestampMs, key, value: evaluation.value } : [];
  });
  return [aggregationOf(version.profile.method).ofEvents(samples)];
}

function accountsOf(opens: readonly Open[]): AccountId[] {
  return [...new Set(opens.map(({ accountId }) => accountId))];
}

function bucketsOf(accountId: AccountId, profile: number): string {
  return `${profile}/${accountId}`;
}

function isWithin(period: Period | undefined, atMs: number): boolean {
  return period !== undefined && atMs >= period.startMs && atMs < period.endMs;
}

function hullOf(ranges: readonly DayRange[]): DayRange {
  return {
    fromDay: Math.min(...ranges.map(({ fromDay }) => fromDay)),
    toDay: Math.max(...ranges.map(({ toDay }) => toDay)),
  };
}
