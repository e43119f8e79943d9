import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { AnyBulkWriteOperation, ClientSession, Collection, Db } from 'mongodb';
import { gatheredBy } from '../domain/gathered-by';
import { NO_GROUP, type Group } from '../domain/group';
import type { DayRange } from '../domain/usage-cuts';
import { usageDayIdOf, type CollectedDay } from '../domain/usage-day';
import { GROUPS_MAX, groupsGained, placedGroup, withOverflow } from '../domain/usage-groups';
import { READING } from './reading';

const USAGE_GROUPS = 'usage_groups';

/** As usage_days, without the group. */
export const USAGE_GROUP_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_GROUPS, key: { o: 1, a: 1, p: 1, d: 1 } },
];

/** The groups that an account has under one version of a profile on one UTC day. Only ever grows, up to GROUPS_MAX. */
interface UsageGroupsDoc {
  /** That of the bucket without a group. */
  _id: string;
  /** As in usage_days. */
  o: OrganisationId;
  a: AccountId;
  p: number;
  d: number;
  /** In the order they came. */
  g: Group[];
}

function collection(db: Db): Collection<UsageGroupsDoc> {
  return db.collection<UsageGroupsDoc>(USAGE_GROUPS);
}

/**
 * Gives each group its place: one of the day's groups, or the overflow group. Two that give a day new groups at once
 * collide, and one of them runs again.
 */
export async function placeGroups(
  db: Db,
  session: ClientSession,
  days: readonly CollectedDay[],
): Promise<CollectedDay[]> {
  const placed = days.filter(({ group }) => group === NO_GROUP);
  const grouped = gatheredBy(
    days.filter(({ group }) => group !== NO_GROUP),
    (day) => usageDayIdOf({ ...day, group: NO_GROUP }),
  );
  if (grouped.size === 0) return placed;
  const docs = collection(db).find({ _id: { $in: [...grouped.keys()] } }, { session });
  const present = new Map(await docs.map(({ _id, g }) => [_id, new Set(g)] as const).toArray());
  const updates: AnyBulkWriteOperation<UsageGroupsDoc>[] = [];
  for (const [id, ofDay] of grouped) {
    const groups = present.get(id) ?? new Set<Group>();
    const wanted = ofDay.map(({ group }) => group);
    const gained = groupsGained(groups, wanted);
    if (gained.length > 0) updates.push(growth(id, ofDay[0], gained));
    placed.push(...withOverflow(ofDay, new Set([...groups, ...gained])));
  }
  if (updates.length > 0) await collection(db).bulkWrite(updates, { session, ordered: false });
  return placed;
}

/** Where events of some groups lie. */
export type GroupPlaces = (accountId: AccountId, day: number, group: Group) => Group;

/** Where every group is itself. */
export const OWN_PLACES: GroupPlaces = (_accountId, _day, group) => group;

/** Tells which group an event that is stored was counted in, on any of the days [fromDay, toDay). */
export async function readGroupPlaces(
  db: Db,
  session: ClientSession,
  of: {
    readonly organisationId: OrganisationId;
    readonly accountIds: readonly AccountId[];
    /** The profile's number. */
    readonly profile: number;
  },
  { fromDay, toDay }: DayRange,
): Promise<GroupPlaces> {
  // Only on a day that is full can an event lie elsewhere than in its own group.
  const docs = collection(db).find(
    {
      o: of.organisationId,
      a: { $in: [...of.accountIds] },
      p: of.profile,
      d: { $gte: fromDay, $lt: toDay },
      [`g.${GROUPS_MAX - 1}`]: { $exists: true },
    },
    { session, ...READING },
  );
  const full = new Map<string, ReadonlySet<Group>>();
  for await (const { a, d, g } of docs) full.set(`${a}/${d}`, new Set(g));
  return (accountId, day, group) => {
    const groups = full.get(`${accountId}/${day}`);
    return groups === undefined ? group : placedGroup(group, groups);
  };
}

function growth(
  _id: string,
  day: CollectedDay | undefined,
  gained: readonly Group[],
): AnyBulkWriteOperation<UsageGroupsDoc> {
  const key = day && { o: day.organisationId, a: day.accountId, p: day.profile, d: day.day };
  return {
    updateOne: {
      filter: { _id },
      update: { $push: { g: { $each: [...gained] } }, $setOnInsert: { ...key } },
      upsert: true,
    },
  };
}
