import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import type { Sample } from '../../domain/aggregation';
import { NO_GROUP, type NamedGroup, type WantedGroup } from '../../domain/group';
import { parseProperties, type UsageEvent } from '../../events/domain/event';
import { readDaysInOrder } from '../../events/store/events-in-order';
import type { Meter } from '../../meters/domain/meter';
import { compileProfile, type CompiledProfile } from '../../meters/domain/profile';
import { getMeter } from '../../meters/store/meters';
import { openSnapshot } from '../../store/snapshot';
import { readValueNumbers, uniqueValueIdOf } from '../../unique-values/store/unique-values';
import { FirstFinder, WinnerFinder } from '../domain/explain';
import { planUsage, type UsagePlan, type VersionPlan } from '../domain/usage-plan';
import { UsageTable } from '../domain/usage-table';
import { checkPartCount, resolveGroups, versionsFor, type UsageLimits } from './read-usage';
import { canHave, UsageReader } from './usage-reader';

/** Which quantity to explain. */
export interface ExplainQuery {
  readonly organisationId: OrganisationId;
  readonly meterId: string;
  /** A profile's code; empty for the default one. */
  readonly profileCode: string;
  /** As in a usage query. */
  readonly profileVersion?: number | undefined;
  readonly accountId: AccountId;
  readonly period: Period;
  readonly timeZone: string;
  /** Undefined for all. */
  readonly group: WantedGroup | undefined;
  readonly decidingOnly: boolean;
  readonly knownAtMs: number | undefined;
  /** As in a usage query. */
  readonly limits?: UsageLimits;
}

/** An event and what it brought to a quantity. */
export interface ExplainedEvent extends Sample {
  readonly named: NamedGroup;
  /** Whether it decides the quantity. */
  readonly deciding: boolean;
  /** Whether it was before the period, and its value was carried into it. */
  readonly carried: boolean;
}

/** Events behind a quantity, by time, then key, and at last the quantity. */
export type Explanation =
  | { readonly events: readonly ExplainedEvent[] }
  | { readonly value: string; readonly eventCount: number };

const EVENTS_PER_MESSAGE = 1_000;
/** 0001-01-01T00:00:00Z: no event is older. */
const FIRST_MS = -62_135_596_800_000;

/**
 * Explains a quantity. All of it is of one snapshot, which is forgotten after some minutes: a caller that reads slower
 * than that is refused in the middle. Throws as `readUsage` does.
 */
export async function* explainUsage(
  mongo: Mongo,
  query: ExplainQuery,
): AsyncGenerator<Explanation> {
  const snapshot = openSnapshot(mongo);
  try {
    const explainer = await Explainer.open(snapshot.db, snapshot.session, query);
    let events: ExplainedEvent[] = [];
    for await (const event of explainer.events()) {
      events.push(event);
      if (events.length < EVENTS_PER_MESSAGE) continue;
      yield { events };
      events = [];
    }
    if (events.length > 0) yield { events };
    yield await explainer.quantity();
  } finally {
    await snapshot.close();
  }
}

interface GroupedSample extends Sample {
  readonly named: NamedGroup;
}

class Explainer {
  private constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly query: ExplainQuery,
    private readonly meter: Meter,
    private readonly plan: UsagePlan,
    private readonly reader: UsageReader,
  ) {}

  static async open(db: Db, session: ClientSession, query: ExplainQuery): Promise<Explainer> {
    const { organisationId, period, timeZone, group, knownAtMs, limits = {} } = query;
    const meter = await getMeter(db, session, organisationId, query.meterId);
    const windows = [period];
    const { versions, newest, isSuperseded } = versionsFor(meter, { ...query, windows });
    checkPartCount(newest, { windows, timeZone, limits });
    const groups = resolveGroups(
      versions,
      group === undefined ? undefined : [group],
      () => 'group',
    );
    const plan = planUsage(newest, windows, timeZone, versions);
    const reader = new UsageReader(db, session, {
      ...{ organisationId, eventName: meter.eventName, knownAtMs, fromEvents: isSuperseded },
      groups,
      eventsMax: limits.eventsMax,
    });
    return new Explainer(db, session, { ...query, group: groups?.[0] }, meter, plan, reader);
  }

  /** The quantity, as a query answers it. */
  async quantity(): Promise<{ value: string; eventCount: number }> {
    const { accountId } = this.query;
    const table = new UsageTable(this.plan, false);
    for (const version of this.plan.versions) await this.reader.fill(table, version, [accountId]);
    const [row] = table.rowsOf(accountId);
    return { value: row?.value ?? '', eventCount: row?.eventCount ?? 0 };
  }

  async *events(): AsyncGenerator<ExplainedEvent> {
    for await (const event of this.#allEvents()) {
      if (event.deciding || !this.query.decidingOnly) yield event;
    }
  }

  #allEvents(): AsyncGenerator<ExplainedEvent> {
    switch (this.plan.shape.method) {
      case 'max':
      case 'min':
      case 'latest':
        return this.#withWinners();
      case 'count_unique':
        return this.#withFirsts();
      default:
        return this.#withLevels();
    }
  }

  /** Read twice: which event wins is known only at the end. */
  async *#withWinners(): AsyncGenerator<ExplainedEvent> {
    const finder = new WinnerFinder(this.plan);
    const carried = this.plan.shape.recurring ? await this.#bestBefore() : undefined;
    if (carried !== undefined) finder.add(carried);
    for await (const day of this.#days(this.query.period)) {
      for (const sample of day) finder.add(sample);
    }
    const winners = finder.end();
    if (carried !== undefined) {
      yield { ...carried, deciding: winners.has(carried.key), carried: true };
    }
    for await (const day of this.#days(this.query.period)) {
      for (const sample of day) {
        yield { ...sample, deciding: winners.has(sample.key), carried: false };
      }
    }
  }

  async *#withFirsts(): AsyncGenerator<ExplainedEvent> {
    const finder = new FirstFinder(this.plan);
    const { period } = this.query;
    const stretches = this.plan.shape.recurring ? [this.#before(), period] : [period];
    for (const stretch of stretches) {
      const carried = stretch !== period;
      for await (const day of this.#days(stretch)) {
        for (let from = 0; from < day.length; from += EVENTS_PER_MESSAGE) {
          const part = day.slice(from, from + EVENTS_PER_MESSAGE);
          const numbers = await this.#numbersOf(part);
          for (const sample of part) {
            const deciding = finder.isFirst(sample, numbers.get(String(sample.value)));
            if (deciding || !carried) yield { ...sample, deciding, carried };
          }
        }
      }
    }
  }

  /** Every event decides; of a recurring level also what it was when the period began. */
  async *#withLevels(): AsyncGenerator<ExplainedEvent> {
    if (this.plan.shape.recurring) {
      for (const sample of await this.#lastBefore()) {
        yield { ...sample, deciding: true, carried: true };
      }
    }
    for await (const day of this.#days(this.query.period)) {
      for (const sample of day) yield { ...sample, deciding: true, carried: false };
    }
  }

  /** The event before the period whose value is the greatest, or the latest. */
  async #bestBefore(): Promise<GroupedSample | undefined> {
    if (this.plan.shape.method === 'latest') return (await this.#lastBefore())[0];
    let best: GroupedSample | undefined;
    for await (const day of this.#days(this.#before())) {
      for (const sample of day) if (isGreater(sample, best)) best = sample;
    }
    return best;
  }

  /** The last event before the period; where groups have levels of their own, of each group, in order of time. */
  async #lastBefore(): Promise<GroupedSample[]> {
    const { method } = this.plan.shape;
    const isGrouped = this.plan.versions.some(({ version }) => version.profile.groupBy.length > 0);
    const isOne = method === 'latest' || !isGrouped || this.query.group !== undefined;
    const last = new Map<string, GroupedSample>();
    for await (const day of this.#days(this.#before(), true)) {
      for (const sample of day.reverse()) {
        const name = isOne ? NO_GROUP : JSON.stringify(sample.named);
        if (!last.has(name)) last.set(name, sample);
        if (isOne) return [sample];
      }
    }
    return [...last.values()].reverse();
  }

  #before(): Period {
    return { startMs: FIRST_MS, endMs: this.query.period.startMs };
  }

  /** What the profile counts, a day at a time. */
  #days(period: Period, latestDayFirst = false): AsyncGenerator<GroupedSample[]> {
    const { organisationId, accountId, knownAtMs } = this.query;
    const { eventName } = this.meter;
    const scope = { organisationId, accountId, eventName, period, knownAtMs, latestDayFirst };
    const versions = this.plan.versions.map((plan) => ({ plan, ...compileProfile(plan.version) }));
    return readDaysInOrder(this.db, this.session, scope, (event) => this.#pick(versions, event));
  }

  #pick(
    versions: readonly (CompiledProfile & { readonly plan: VersionPlan })[],
    { timestampMs, key, properties }: UsageEvent,
  ): GroupedSample | undefined {
    const version = versions.find(
      ({ fromMs, toMs }) => timestampMs >= fromMs && timestampMs < toMs,
    );
    const evaluation = version?.evaluate(parseProperties(properties), timestampMs);
    if (version === undefined || evaluation?.kind !== 'counted') return undefined;
    const { group, value } = evaluation;
    const wanted = this.query.group;
    if (wanted !== undefined && !(wanted.group === group && canHave(version.plan, wanted))) {
      return undefined;
    }
    return { timestampMs, key, value, named: { group, version: version.plan.groupVersion } };
  }

  /** The numbers of distinct values, by the values' texts. */
  async #numbersOf(samples: readonly Sample[]): Promise<Map<string, number>> {
    const texts = new Set(samples.map(({ value }) => String(value)));
    const ids = new Map([...texts].map((text) => [uniqueValueIdOf(this.query, text), text]));
    const numbers = await readValueNumbers(this.db, this.session, ids.keys());
    return new Map([...numbers].map(([id, number]) => [ids.get(id) ?? '', number]));
  }
}

function isGreater(a: Sample, b: Sample | undefined): boolean {
  if (b === undefined) return true;
  return typeof a.value === 'bigint' && typeof b.value === 'bigint' && a.value > b.value;
}
