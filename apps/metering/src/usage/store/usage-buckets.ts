import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { aggregationOf, type AggregationMethod } from '../../domain/aggregation';
import type { Group } from '../../domain/group';
import { compareUtf8 } from '../../domain/utf8-order';
import { readPartitionCount } from '../../partitions/store/partitions';
import { findAlone } from '../../store/find';
import type { DayRange } from '../domain/usage-cuts';
import { joinHours, type UsageDay } from '../domain/usage-day';
import { accountsWithAdditions, readAdditions } from './usage-additions';
import type { StoredDay } from './usage-day-doc';
import * as settled from './usage-days';
import type { UsageScope } from './usage-days';

/** The buckets of some accounts as of a snapshot: what is settled, together with what waits. */
export class UsageBuckets {
  private constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly waiting: readonly UsageDay[],
  ) {}

  /** Reads what waits of these accounts; scopes must not name others. */
  static async of(
    db: Db,
    session: ClientSession,
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
  ): Promise<UsageBuckets> {
    const count = await readPartitionCount(db, session);
    const find = findAlone(db, session);
    const waiting = await readAdditions(find, organisationId, accountIds, count);
    return new UsageBuckets(db, session, waiting);
  }

  /** The totals of the days [fromDay, toDay). Their hours are not told. */
  totals(scope: UsageScope, days: DayRange): AsyncGenerator<Omit<StoredDay, 'hours'>> {
    const { db, session } = this;
    const stored = settled.readTotals(db, session, scope, days);
    return together(scope, stored, this.#waitingIn(scope, isWithin(days)));
  }

  /**
   * What the days [fromDay, toDay) come to together, told of the first of them; what waits is told of its own day. Not
   * of levels.
   */
  async *sums(scope: UsageScope, days: DayRange): AsyncGenerator<Omit<StoredDay, 'hours'>> {
    yield* settled.readSums(this.db, this.session, scope, days);
    yield* this.#waitingIn(scope, isWithin(days));
  }

  /** Days with their hours. */
  hours(scope: UsageScope, days: readonly number[] | DayRange): AsyncGenerator<StoredDay> {
    const { db, session } = this;
    const isWanted = 'fromDay' in days ? isWithin(days) : (day: number) => days.includes(day);
    const stored = settled.readHours(db, session, scope, days);
    return together(scope, stored, this.#waitingIn(scope, isWanted));
  }

  /** Of each account and group, the last of the days [fromDay, toDay) that has events. */
  async *last(scope: UsageScope, days: DayRange): AsyncGenerator<StoredDay> {
    const { db, session } = this;
    const waiting = new Map<string, UsageDay>();
    for (const day of this.#waitingIn(scope, isWithin(days))) {
      const latest = waiting.get(subjectOf(day));
      if (latest === undefined || latest.day < day.day) waiting.set(subjectOf(day), day);
    }
    for await (const stored of settled.readLast(db, session, scope, days)) {
      const later = waiting.get(subjectOf(stored));
      waiting.delete(subjectOf(stored));
      if (later === undefined || later.day < stored.day) yield stored;
      else yield later.day > stored.day ? later : sumOf(scope.method, stored, later);
    }
    yield* waiting.values();
  }

  /** Of one account, the first groups after `after`, in the order of their bytes, that have buckets on the days. */
  async groups(scope: UsageScope, days: DayRange, from: settled.GroupsFrom): Promise<Group[]> {
    const stored = await settled.groupsWithBuckets(this.db, this.session, scope, days, from);
    const later = { ...scope, groupRange: { after: from.after, upTo: undefined } };
    const waiting = this.#waitingIn(later, isWithin(days)).map(({ group }) => group);
    return [...new Set([...stored, ...waiting])].sort(compareUtf8).slice(0, from.limit);
  }

  #waitingIn(scope: UsageScope, isWanted: (day: number) => boolean): UsageDay[] {
    const { accountIds, profile, groups, groupRange } = scope;
    const accounts = new Set(accountIds);
    return this.waiting.filter(
      (day) =>
        day.profile === profile &&
        isWanted(day.day) &&
        accounts.has(day.accountId) &&
        (groups?.includes(day.group) ?? true) &&
        (groupRange === undefined || isInRange(day.group, groupRange)),
    );
  }
}

/** The first accounts after `after`, by id, that have usage on any of the days [fromDay, toDay). */
export async function accountsWithUsage(
  db: Db,
  session: ClientSession,
  of: { readonly organisationId: OrganisationId; readonly profiles: readonly number[] },
  range: DayRange & { readonly after: string },
  limit: number,
): Promise<AccountId[]> {
  const inBuckets = await settled.accountsWithBuckets(db, session, of, range, limit);
  const inAdditions = await accountsWithAdditions(db, session, of, range, limit);
  return [...new Set([...inBuckets, ...inAdditions])].sort().slice(0, limit);
}

/** Each stored day with what waits for it, then what waits for days that are not stored. */
async function* together(
  { method }: UsageScope,
  stored: AsyncIterable<Omit<StoredDay, 'hours'> & Partial<Pick<StoredDay, 'hours'>>>,
  waiting: readonly UsageDay[],
): AsyncGenerator<StoredDay> {
  const left = new Map(waiting.map((day) => [bucketOf(day), day]));
  for await (const { hours = NO_HOURS, ...rest } of stored) {
    const day = { ...rest, hours };
    const more = left.get(bucketOf(day));
    left.delete(bucketOf(day));
    yield more === undefined ? day : sumOf(method, day, more);
  }
  yield* left.values();
}

const NO_HOURS: StoredDay['hours'] = new Map();

function sumOf(method: AggregationMethod, stored: StoredDay, more: StoredDay): StoredDay {
  // The hours may not have been read, so the total does not follow from them.
  const total = aggregationOf(method).merge([stored.total, more.total]);
  return { ...stored, total, hours: joinHours(method, [stored, more]) };
}

function isWithin({ fromDay, toDay }: DayRange): (day: number) => boolean {
  return (day) => day >= fromDay && day < toDay;
}

function isInRange(group: Group, { after, upTo }: settled.GroupRange): boolean {
  const isAfter = after === undefined || compareUtf8(group, after) > 0;
  return isAfter && (upTo === undefined || compareUtf8(group, upTo) <= 0);
}

function subjectOf({ accountId, group }: Pick<StoredDay, 'accountId' | 'group'>): string {
  return `${accountId}/${group}`;
}

function bucketOf(day: Pick<StoredDay, 'accountId' | 'group' | 'day'>): string {
  return `${day.day}/${subjectOf(day)}`;
}
