import { precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import type { Sample } from '../../domain/aggregation';
import { groupValues, type Group, type WantedGroup } from '../../domain/group';
import { DAY_MS, dayOf } from '../../domain/hours';
import { parseProperties } from '../../events/domain/event';
import { readEvents } from '../../events/store/events';
import { compileProfile } from '../../meters/domain/profile';
import { readUniqueIds } from '../../unique-values/store/unique-days';
import { readValueNumbers, uniqueValueIdOf } from '../../unique-values/store/unique-values';
import { daysTouched, joinPeriods } from '../domain/usage-cover';
import type { VersionPlan } from '../domain/usage-plan';
import type { UsageSubject, UsageTable } from '../domain/usage-table';
import { findAlone } from '../../store/find';
import { UsageBuckets } from '../store/usage-buckets';
import type { GroupRange, GroupsFrom, UsageScope } from '../store/usage-days';

/** What usage is read of. */
export interface ReaderScope {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  /** As `resolveGroups` gives them. Undefined for all. */
  readonly groups?: readonly WantedGroup[] | undefined;
  readonly knownAtMs?: number | undefined;
  /** Whether buckets do not tell: everything is counted from its events. */
  readonly fromEvents?: boolean | undefined;
  /** Beyond so many events a query is refused. */
  readonly eventsMax?: number | undefined;
}

/** Of one query. A segment of the same events as a bucket's hour is decoded at 400,000 events a second and more. */
const EVENTS_MAX = 5_000_000;
/** Distinct values whose numbers are asked for at once. */
const VALUES_AT_ONCE = 10_000;
/** More pieces are read day by day, in one query. */
const PIECES_SUMMED_MAX = 3;
/** 0001-01-01T00:00:00Z: no event is older. */
const FIRST_MS = -62_135_596_800_000;

/** Fills tables from buckets, and from events where buckets do not tell. */
export class UsageReader {
  #eventCount = 0;
  /** Numbers for distinct values that have none, by `uniqueValueIdOf`. */
  readonly #unknown = new Map<string, number>();
  /** Those that were read last, and of which accounts. */
  #buckets: { readonly of: string; readonly buckets: UsageBuckets } | undefined;

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly scope: ReaderScope,
  ) {}

  /** Whether all is counted from events, so that none of it is in buckets. */
  get isFromEvents(): boolean {
    return this.scope.fromEvents === true || this.scope.knownAtMs !== undefined;
  }

  /**
   * Reads what a version of the profile has to tell about accounts. Throws `precondition` where that is too many
   * events.
   */
  async fill(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
  ): Promise<void> {
    await this.fillFromBuckets(table, plan, accountIds);
    await this.fillFromEvents(table, plan, accountIds);
  }

  /**
   * The first groups of an account, in the order of their bytes, of which a version has buckets where it has to tell.
   */
  async groupsInBuckets(plan: VersionPlan, from: GroupsFrom): Promise<Group[]> {
    const scope = this.#scopeOf(plan, [from.accountId]);
    if (this.isFromEvents || scope === undefined) return [];
    if (!scope.isGrouped && from.after !== undefined) return [];
    const [first, last] = [plan.cuts.periods.at(0), plan.cuts.periods.at(-1)];
    const days = daysTouched({ startMs: first?.startMs ?? 0, endMs: last?.endMs ?? 0 });
    const buckets = await this.#bucketsOf(scope);
    return buckets.groups(scope, days, from);
  }

  /** Reads what is in buckets, of all groups or of those in a range. */
  async fillFromBuckets(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
    groupRange?: GroupRange,
  ): Promise<void> {
    const inAll = this.#scopeOf(plan, accountIds);
    if (this.isFromEvents || inAll === undefined) return;
    // Without groups there is one, which comes before all others.
    if (!inAll.isGrouped && groupRange?.after !== undefined) return;
    const scope = { ...inAll, groupRange };
    const { totals, pieces, last, hourDays } = plan.cuts.needs;
    const { db, session } = this;
    const buckets = await this.#bucketsOf(scope);
    const isLevel = scope.method === 'time_weighted_sum';
    // Few long pieces are summed by the database: it sends one document for each instead of one a day.
    const summed =
      pieces.length <= PIECES_SUMMED_MAX
        ? pieces.map((piece) => buckets.sums(scope, piece))
        : [buckets.totals(scope, totals)];
    for (const found of isLevel ? [] : summed) {
      for await (const { day, total, ...subject } of found) {
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
    const ids = readUniqueIds(db, session, scope, { totals, hourDays });
    for await (const found of ids) table.addIds(plan, found, found.day, found.hour, found.ids);
  }

  /**
   * Reads what is only in events, by the same rules as the lanes count: the ragged edges, less than an hour at each
   * boundary, or all that was known.
   */
  async fillFromEvents(
    table: UsageTable,
    plan: VersionPlan,
    accountIds: readonly AccountId[],
  ): Promise<void> {
    const { cuts, version } = plan;
    const groups = this.#groupsOf(plan);
    const stretches = this.isFromEvents ? cuts.periods.map(since) : cuts.needs.raw;
    if (stretches.length === 0 || groups?.length === 0) return;
    const { evaluate } = compileProfile(version);
    const numbers = new Numbers(this.db, this.session, this.#unknown, (subject, sample, id) =>
      table.addEvent(plan, subject, sample, id),
    );
    for (const periods of this.#slicesOf(plan, stretches)) {
      for await (const { event } of this.#events(accountIds, periods)) {
        const { accountId, timestampMs, key } = event;
        const evaluation = evaluate(parseProperties(event.properties), timestampMs);
        if (evaluation.kind !== 'counted') continue;
        const { value, group } = evaluation;
        if (groups !== undefined && !groups.includes(group)) continue;
        const valueId = typeof value === 'string' ? uniqueValueIdOf(event, value) : undefined;
        await numbers.add({ accountId, group }, { timestampMs, key, value }, valueId);
      }
      await numbers.flush();
      table.settle();
    }
  }

  async *#events(accountIds: readonly AccountId[], periods: readonly Period[]) {
    const { organisationId, eventName, knownAtMs, eventsMax = EVENTS_MAX } = this.scope;
    const known = knownAtMs === undefined ? {} : { knownAtMs };
    const of = { organisationId, accountIds, eventName, periods, ...known };
    for await (const stored of readEvents(findAlone(this.db, this.session), of)) {
      this.#eventCount += 1;
      if (this.#eventCount > eventsMax) throw tooManyEvents(eventsMax);
      yield stored;
    }
  }

  /**
   * What is read at once: all, or, of levels, which are put in order, some days. What comes before the windows need not
   * be.
   */
  #slicesOf({ cuts, version }: VersionPlan, stretches: readonly Period[]): (readonly Period[])[] {
    if (version.profile.method !== 'time_weighted_sum') return [joinPeriods(stretches)];
    const isBefore = ({ startMs }: Period) => startMs < (cuts.periods[0]?.endMs ?? 0);
    const before =
      cuts.needs.last.fromDay < cuts.needs.last.toDay ? stretches.filter(isBefore) : [];
    const rest = joinPeriods(stretches.filter((stretch) => !before.includes(stretch)));
    return [before, ...rest.flatMap(daysOf).map((day) => [day])].filter(({ length }) => length > 0);
  }

  /** All is of one snapshot, so what waits of the same accounts is read once, for all versions and groups. */
  async #bucketsOf({ organisationId, accountIds }: UsageScope): Promise<UsageBuckets> {
    const of = accountIds.join();
    if (this.#buckets?.of !== of) {
      const buckets = await UsageBuckets.of(this.db, this.session, organisationId, accountIds);
      this.#buckets = { of, buckets };
    }
    return this.#buckets.buckets;
  }

  /** Which buckets to read; undefined where the version can have none of the groups that are asked for. */
  #scopeOf(plan: VersionPlan, accountIds: readonly AccountId[]): UsageScope | undefined {
    const { organisationId } = this.scope;
    const { number, method, groupBy } = plan.version.profile;
    const groups = this.#groupsOf(plan);
    if (groups?.length === 0) return undefined;
    const isGrouped = groupBy.length > 0;
    return { organisationId, accountIds, profile: number, method, isGrouped, groups };
  }

  /** The groups that are asked for which the version can have; undefined for all. */
  #groupsOf(plan: VersionPlan): Group[] | undefined {
    return this.scope.groups?.filter((wanted) => canHave(plan, wanted)).map(({ group }) => group);
  }
}

/** Whether a version can have a group. */
export function canHave(plan: VersionPlan, { group, version }: WantedGroup): boolean {
  if (version !== undefined) return version === plan.groupVersion;
  return groupValues(group).length === plan.version.profile.groupBy.length;
}

/** Passes events on, those with a distinct value together with its number. */
class Numbers {
  #waiting: { subject: UsageSubject; sample: Sample; valueId: string }[] = [];

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly unknown: Map<string, number>,
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

  /**
   * A value has no number while a backfill has yet to count it, or when nothing counts it any more. It gets one that no
   * other value of the account has, for as long as this is read.
   */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    const valueIds = new Set(waiting.map(({ valueId }) => valueId));
    const numbers = await readValueNumbers(this.db, this.session, valueIds);
    for (const { subject, sample, valueId } of waiting) {
      this.pass(subject, sample, numbers.get(valueId) ?? this.#numberOf(valueId));
    }
  }

  #numberOf(valueId: string): number {
    const number = this.unknown.get(valueId) ?? UNKNOWN_FROM + this.unknown.size;
    this.unknown.set(valueId, number);
    return number;
  }
}

/** Stored numbers are counted from 0, and an account has less than two thousand million. */
const UNKNOWN_FROM = 2 ** 31;

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

function tooManyEvents(eventsMax: number) {
  return precondition(
    'USAGE_EVENTS_TOO_MANY',
    `The answer would have to be worked out from more than ${eventsMax} events. Ask for less time, fewer accounts, or longer windows.`,
  );
}
