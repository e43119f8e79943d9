import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { Collection, Db } from 'mongodb';
import type { AggregationMethod, UsageState } from '../../domain/aggregation';
import type { Group } from '../../domain/group';
import { stateOf, type StateFields } from './usage-state-fields';

export const USAGE_DAYS = 'usage_days';

/** Everything is read by account and profile, over a range of days. */
export const USAGE_DAY_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_DAYS, key: { o: 1, a: 1, p: 1, g: 1, d: 1 } },
];

/**
 * The usage of one account (or a group of it) under one version of a profile on one UTC day: the day's total, and each
 * hour's. Of time_weighted_sum the total is no more than the number of events.
 */
export interface UsageDayDoc extends StateFields {
  _id: string;
  /** Organisation, account, profile (its number), group, day (days since 1970-01-01). */
  o: OrganisationId;
  a: AccountId;
  p: number;
  g: string;
  d: number;
  /** By hour of the UTC day, "0" to "23". */
  h?: Record<string, StateFields>;
}

/** What is stored of a day. */
export interface StoredDay {
  readonly accountId: AccountId;
  readonly group: Group;
  readonly day: number;
  readonly total: UsageState;
  readonly hours: ReadonlyMap<number, UsageState>;
}

/** Opens the collection of buckets. */
export function usageDays(db: Db): Collection<UsageDayDoc> {
  return db.collection<UsageDayDoc>(USAGE_DAYS);
}

/** Which buckets there are, without what they hold. */
export function bucketKeys(db: Db): Collection<Pick<UsageDayDoc, '_id' | 'o' | 'a' | 'p' | 'd'>> {
  return db.collection(USAGE_DAYS);
}

/** What a document says of its day. */
export function fromDoc(doc: UsageDayDoc, method: AggregationMethod): StoredDay {
  const total = stateOf(doc, method);
  return { accountId: doc.a, group: doc.g, day: doc.d, total, hours: hoursOf(doc, method) };
}

function hoursOf(
  { h }: Pick<UsageDayDoc, 'h'>,
  method: AggregationMethod,
): Map<number, UsageState> {
  const hours = Object.entries(h ?? {});
  return new Map(hours.map(([hour, fields]) => [Number(hour), stateOf(fields, method)]));
}
