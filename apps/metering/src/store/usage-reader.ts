import { precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import type { Sample } from '../domain/aggregation';
import { parseProperties } from '../domain/event';
import type { Group } from '../domain/group';
import { DAY_MS, dayOf } from '../domain/hours';
import { compileProfile } from '../domain/profile';
import { daysTouched, joinPeriods } from '../domain/usage-cover';
import type { VersionPlan } from '../domain/usage-plan';
import type { UsageSubject, UsageTable } from '../domain/usage-table';
import { readEvents } from './events';
import { readUniqueIds } from './unique-days';
import { readValueNumbers, uniqueValueIdOf } from './unique-values';
import { UsageBuckets } from './usage-buckets';
import type { UsageScope } from './usage-days';
import { OWN_PLACES, readGroupPlaces } from './usage-groups';

/** What usage is read of. */
export interface ReaderScope {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  readonly groups?: readonly Group[] | undefined;
  readonly knownAtMs?: number | undefined;
}

/** Of one query. A segment of the same events as a bucket's hour is decoded at 400,000 events a second and more. */
const EVENTS_MAX = 5_000_000;
/** Distinct values whose numbers are asked for at once. */
const VALUES_AT_ONCE = 10_000;
/** 0001-01-01T00:00:00Z: no event is older. */
const FIRST_MS = -62_135_596_800_000;

/** Fills tables from buckets, and from events where buckets do not tell. */
export class UsageReader {
  #eventCount = 0;

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly scope: ReaderScope,
  ) {}

  /** Reads what a version of the profile has to tell about accounts. Throws `precondition` where that is too many events. */
  async fill(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
  ): Promise<void> {
    if (this.scope.knownAtMs === undefined) await this.#fillFromBuckets(table, plan, accountIds);
    await this.#fillFromEvents(table, plan, accountIds);
  }

  async #fillFromBuckets(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
  ): Promise<void> {
    const { totals, last, hourDays } = plan.cuts.needs;
    const scope = this.#scopeOf(plan, accountIds);
    const { db, session } = this;
    const buckets = await UsageBuckets.of(db, session, scope.organisationId, accountIds);
    const isLevel = scope.method === 'time_weighted_sum';
    if (totals.fromDay < totals.toDay && !isLevel) {
      for await (const { day, total, ...subject } of buckets.totals(scope, totals)) {
        table.addTotal(plan, subject, day, total);
      }
    }
    if (last.fromDay < last.toDay) {
      for await (const { day, total, hours, ...subject } of buckets.last(scope, last)) {
        if (isLevel) table.addHours(plan, subject, day, hours);
        else table.addTotal(plan, subject, day, total);
      }
    }
    // The total of a day does not tell what its levels came to, so all of its hours are read.
    const isRead = (day: number) => isLevel && day >= totals.fromDay && day < totals.toDay;
    for (const days of [hourDays.filter((day) => !isRead(day)), ...(isLevel ? [totals] : [])]) {
      for await (const { day, hours, ...subject } of buckets.hours(scope, days)) {
        table.addHours(plan, subject, day, hours);
      }
    }
    if (scope.method !== 'count_unique') return;
    const ids = readUniqueIds(db, session, uniqueScopeOf(scope), { totals, hourDays });
    for await (const found of ids) table.addIds(plan, found, found.day, found.hour, found.ids);
  }

  /** By the same rules as the lanes count: the ragged edges, less than an hour at each boundary, or all that was known. */
  async #fillFromEvents(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
  ): Promise<void> {
    const { cuts, version } = plan;
    const stretches = this.scope.knownAtMs === undefined ? cuts.needs.raw : cuts.periods.map(since);
    if (stretches.length === 0) return;
    const { evaluate } = compileProfile(version);
    const { groups } = this.scope;
    const placeOf = await this.#placesOf(plan, accountIds, stretches);
    const numbers = new Numbers(this.db, this.session, (subject, sample, id) =>
      table.addEvent(plan, subject, sample, id),
    );
    for (const periods of this.#slicesOf(plan, stretches)) {
      for await (const { event } of this.#events(accountIds, periods)) {
        const { accountId, timestampMs, key } = event;
        const evaluation = evaluate(parseProperties(event.properties), timestampMs);
        if (evaluation.kind !== 'counted') continue;
        const { value } = evaluation;
        const group = placeOf(accountId, dayOf(timestampMs), evaluation.group);
        if (groups !== undefined && !groups.includes(group)) continue;
        const valueId = typeof value === 'string' ? uniqueValueIdOf(event, value) : undefined;
        await numbers.add({ accountId, group }, { timestampMs, key, value }, valueId);
      }
      await numbers.flush();
      table.settle();
    }
  }

  async *#events(accountIds: readonly AccountId[], periods: readonly Period[]) {
    const { organisationId, eventName, knownAtMs } = this.scope;
    const known = knownAtMs === undefined ? {} : { knownAtMs };
    const of = { organisationId, accountIds, eventName, periods, ...known };
    for await (const stored of readEvents(this.db, this.session, of)) {
      this.#eventCount += 1;
      if (this.#eventCount > EVENTS_MAX) throw tooManyEvents();
      yield stored;
    }
  }

  /** What is read at once: all, or, of levels, which are put in order, some days. What comes before the windows need not be. */
  #slicesOf({ cuts, version }: VersionPlan, stretches: readonly Period[]): (readonly Period[])[] {
    if (version.profile.method !== 'time_weighted_sum') return [joinPeriods(stretches)];
    const isBefore = ({ startMs }: Period) => startMs < (cuts.periods[0]?.endMs ?? 0);
    const before =
      cuts.needs.last.fromDay < cuts.needs.last.toDay ? stretches.filter(isBefore) : [];
    const rest = joinPeriods(stretches.filter((stretch) => !before.includes(stretch)));
    return [before, ...rest.flatMap(daysOf).map((day) => [day])].filter(({ length }) => length > 0);
  }

  async #placesOf(
    plan: VersionPlan,
    accountIds: readonly AccountId[],
    stretches: readonly Period[],
  ) {
    const { number, groupBy } = plan.version.profile;
    if (groupBy.length === 0) return OWN_PLACES;
    const [first, last] = [stretches.at(0), stretches.at(-1)];
    const range = daysTouched({ startMs: first?.startMs ?? 0, endMs: last?.endMs ?? 0 });
    const of = { organisationId: this.scope.organisationId, accountIds, profile: number };
    return readGroupPlaces(this.db, this.session, of, range);
  }

  #scopeOf({ version: { profile } }: VersionPlan, accountIds: readonly AccountId[]): UsageScope {
    const { organisationId, groups } = this.scope;
    const { number, method, groupBy } = profile;
    const isGrouped = groupBy.length > 0;
    return { organisationId, accountIds, profile: number, method, isGrouped, groups };
  }
}

/** Passes events on, those with a distinct value together with its number. */
class Numbers {
  #waiting: { subject: UsageSubject; sample: Sample; valueId: string }[] = [];

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly pass: (subject: UsageSubject, sample: Sample, id?: number) => void,
  ) {}

  async add(subject: UsageSubject, sample: Sample, valueId: string | undefined): Promise<void> {
    if (valueId === undefined) {
      this.pass(subject, sample);
      return;
    }
    this.#waiting.push({ subject, sample, valueId });
    if (this.#waiting.length >= VALUES_AT_ONCE) await this.flush();
  }

  /** A value has no number while a backfill has yet to count it. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const valueIds = new Set(waiting.map(({ valueId }) => valueId));
    const numbers = await readValueNumbers(this.db, this.session, valueIds);
    for (const { subject, sample, valueId } of waiting) {
      this.pass(subject, sample, numbers.get(valueId));
    }
  }
}

function uniqueScopeOf({ organisationId, accountIds, profile, groups }: UsageScope) {
  const scope = { organisationId, accountIds, profile };
  return groups === undefined ? scope : { ...scope, groups };
}

/** The period as far as there can be events. */
function since({ startMs, endMs }: Period): Period {
  return { startMs: Math.max(startMs, FIRST_MS), endMs };
}

/** The period, cut at UTC midnights: at each, or at fewer where there are very many. */
function daysOf({ startMs, endMs }: Period): Period[] {
  const step = Math.ceil((endMs - startMs) / DAY_MS / SLICES_MAX);
  const days: Period[] = [];
  for (let fromMs = startMs; fromMs < endMs;) {
    const toMs = Math.min(endMs, (dayOf(fromMs) + step) * DAY_MS);
    days.push({ startMs: fromMs, endMs: toMs });
    fromMs = toMs;
  }
  return days;
}

const SLICES_MAX = 1_000;

function tooManyEvents() {
  return precondition(
    'USAGE_EVENTS_TOO_MANY',
    `The answer would have to be worked out from more than ${EVENTS_MAX} events. Ask for less time, fewer accounts, or longer windows.`,
  );
}
