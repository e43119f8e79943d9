import type { Filter } from '@billingrails/filters';
import type { AccountId, OrganisationId, ProfileId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import { aggregationOf, type AggregationMethod, type Sample } from '../domain/aggregation';
import { eventIdOf, type ArrivedEvent, type UsageEvent } from '../events/domain/event';
import {
  compileProfile,
  type CompiledProfile,
  type Profile,
  type ProfileVersion,
} from '../meters/domain/profile';
import { planChunk } from '../outcomes/domain/chunk';
import type { Outcome } from '../outcomes/domain/outcome';
import { IdSet } from '../unique-values/domain/id-set';
import type { DayRange } from '../usage/domain/usage-cuts';
import {
  usageDayIdOf,
  usageDayOf,
  type CollectedDay,
  type UsageDay,
} from '../usage/domain/usage-day';
import { planUsage, type VersionPlan } from '../usage/domain/usage-plan';
import { UsageTable } from '../usage/domain/usage-table';
import type { OracleEvent, OracleProfile } from './oracle/oracle';

/** What the database would hold: the plans of chunks, merged. */
export class MergedPlans {
  readonly stored = new Map<string, UsageEvent>();
  readonly outcomes: Outcome[] = [];
  readonly days = new Map<string, UsageDay>();
  duplicateCount = 0;
  conflictCount = 0;
  /** By bucket and hour. */
  readonly #samples = new Map<string, Sample[]>();
  readonly #numbers = new Map<string, number>();

  constructor(private readonly compiled: ReadonlyMap<string, readonly CompiledProfile[]>) {}

  apply(events: readonly ArrivedEvent[]): void {
    const plan = planChunk({
      events,
      taken: new Map([...this.stored].map(([id, event]) => [id, [event]])),
      profilesOf: (_organisation, name) => this.compiled.get(name) ?? [],
    });
    for (const { event, outcome } of plan.events) {
      this.stored.set(event.id, event);
      this.outcomes.push(outcome);
    }
    for (const day of plan.usage) this.#add(day);
    this.duplicateCount += plan.duplicates.length;
    this.conflictCount += plan.conflicts.length;
  }

  #add(added: CollectedDay): void {
    const id = usageDayIdOf(added);
    const { method, hours: gained, ...day } = usageDayOf(added);
    const { merge, ofEvents } = aggregationOf(method);
    const hours = new Map(this.days.get(id)?.hours);
    for (const [hour, state] of gained) {
      const samples = [
        ...(this.#samples.get(`${id} ${hour}`) ?? []),
        ...(added.samples.get(hour) ?? []),
      ];
      this.#samples.set(`${id} ${hour}`, samples);
      const known = hours.get(hour) ?? ofEvents([]);
      const isOrdered = method === 'time_weighted_sum';
      hours.set(hour, isOrdered ? ofEvents(samples) : merge([known, state]));
    }
    this.days.set(id, { ...day, method, total: merge([...hours.values()]), hours });
  }

  /** Fills a table as a query does, from totals, hours, distinct values and events. */
  table(
    profile: OracleProfile,
    versions: readonly ProfileVersion[],
    windows: readonly Period[],
    { timeZone = 'UTC', byGroup = false, fromEvents = false } = {},
  ): UsageTable {
    const { recurring = false, timeWindow = 'none' } = profile;
    const shape = { method: profile.method as AggregationMethod, recurring, timeWindow };
    const plan = planUsage(shape, windows, timeZone, versions);
    const table = new UsageTable(plan, byGroup);
    for (const version of plan.versions) {
      if (!fromEvents) this.#fillFromDays(table, version);
      this.#fillFromEvents(table, version, profile.eventName, fromEvents);
    }
    return table;
  }

  #fillFromDays(table: UsageTable, plan: VersionPlan): void {
    const { number, method } = plan.version.profile;
    const { totals, last, hourDays } = plan.cuts.needs;
    const days = [...this.days.values()].filter(({ profile }) => profile === number);
    const isLevel = method === 'time_weighted_sum';
    for (const one of days) {
      const { day, total, hours, ...subject } = one;
      const isLast = isIn(last, day) && lastOf(days, one, last) === day;
      if (!isLevel && (isIn(totals, day) || isLast)) table.addTotal(plan, subject, day, total);
      const needsHours = hourDays.includes(day) || (isLevel && (isIn(totals, day) || isLast));
      if (needsHours) table.addHours(plan, subject, day, hours);
      if (method !== 'count_unique') continue;
      table.addIds(plan, subject, day, undefined, this.#idsOf(total.values));
      for (const [hour, { values }] of hours) {
        table.addIds(plan, subject, day, hour, this.#idsOf(values));
      }
    }
  }

  #fillFromEvents(table: UsageTable, plan: VersionPlan, eventName: string, all: boolean): void {
    const { evaluate } = compileProfile(plan.version);
    const periods = all ? plan.cuts.periods : plan.cuts.needs.raw;
    for (const event of this.stored.values()) {
      const { timestampMs, key, accountId, properties } = event;
      if (event.eventName !== eventName) continue;
      if (!periods.some((one) => timestampMs >= one.startMs && timestampMs < one.endMs)) continue;
      const evaluation = evaluate(JSON.parse(Buffer.from(properties).toString()), timestampMs);
      if (evaluation.kind !== 'counted') continue;
      const { value, group } = evaluation;
      const id = typeof value === 'string' ? this.#numberOf(value) : undefined;
      table.addEvent(plan, { accountId, group }, { timestampMs, key, value }, id);
    }
  }

  #idsOf(values: ReadonlySet<string> = new Set()): IdSet {
    return IdSet.of([...values].map((value) => this.#numberOf(value)));
  }

  #numberOf(value: string): number {
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return number;
  }
}

function isIn({ fromDay, toDay }: DayRange, day: number): boolean {
  return day >= fromDay && day < toDay;
}

/** The last day in the range that the account and group of a day have. */
function lastOf(days: readonly UsageDay[], of: UsageDay, range: DayRange): number {
  const same = days.filter(
    ({ accountId, group, day }) =>
      accountId === of.accountId && group === of.group && isIn(range, day),
  );
  return Math.max(...same.map(({ day }) => day));
}

/** The events as they would come, in one message each. */
export function placed(event: OracleEvent, index: number): ArrivedEvent {
  return {
    event: {
      id: eventIdOf(event.organisationId as OrganisationId, event.key),
      organisationId: event.organisationId as OrganisationId,
      accountId: event.accountId as AccountId,
      eventName: event.eventName,
      key: event.key,
      timestampMs: event.timestampMs,
      timestampAssigned: false,
      receiveTimeMs: event.receiveTimeMs ?? 0,
      properties: Buffer.from(event.properties),
    },
    place: { partition: 0, seq: index + 1, index: 0 },
    bytes: new Uint8Array(),
  };
}

/** A profile of the oracle's as the service has it: its versions, numbered from a number on. */
export function versionsFor(profile: OracleProfile, firstNumber: number): ProfileVersion[] {
  const revisions = profile.revisions ?? [];
  return [{ ...profile, fromMs: -Infinity }, ...revisions].map((rules, index) => ({
    profile: {
      ...rulesFor(rules),
      id: `mpf_${firstNumber + index}` as ProfileId,
      number: firstNumber + index,
      code: `p${firstNumber}`,
      version: index + 1,
      ...(index === 0 ? {} : { effectiveFromMs: rules.fromMs }),
      name: 'A profile',
      method: profile.method as AggregationMethod,
      recurring: profile.recurring ?? false,
      timeWindow: profile.timeWindow ?? 'none',
      createTimeMs: 0,
    },
    fromMs: rules.fromMs,
    toMs: revisions[index]?.fromMs ?? Infinity,
  }));
}

/** What a version counts, and by which groups. */
export function rulesFor(rules: Pick<OracleProfile, 'property' | 'filters' | 'groupBy'>) {
  const pathOf = (keys: readonly string[]) =>
    keys.map((key) => key.replaceAll('.', '\\.')).join('.');
  return {
    property: pathOf(rules.property),
    filters: rules.filters as Filter[],
    groupBy: (rules.groupBy ?? []).map(pathOf),
  } satisfies Pick<Profile, 'property' | 'filters' | 'groupBy'>;
}
