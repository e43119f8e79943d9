import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import { NO_USAGE, type AggregationMethod, type UsageState } from '../../domain/aggregation';
import { gatheredBy } from '../../domain/gathered-by';
import type { Group } from '../../domain/group';
import { partsWithin } from '../../domain/parts-within';
import type { Find } from '../../store/find';
import { READING } from '../../store/reading';
import { insertAll } from '../../store/write-commands';
import type { DayRange } from '../domain/usage-cuts';
import { joinDays, totalOf, type UsageDay } from '../domain/usage-day';

const USAGE_ADDITIONS = 'usage_additions';

/** Read by partition; `n` tells how much waits without its being read. */
export const USAGE_ADDITION_INDEXES: readonly IndexSpec[] = [
  { collection: USAGE_ADDITIONS, key: { pt: 1, n: 1 } },
];

/**
 * What a chunk adds to the buckets of usage_days, until many chunks' additions are settled there together: a chunk of
 * thin traffic meets nearly as many buckets as it has events, and one document is far cheaper than an update of each.
 * Every reader of buckets reads these with them (`usage-buckets.ts`).
 */
interface UsageAdditionsDoc {
  /** "<partition>/<last sequence of the chunk>/<which of its documents>". */
  _id: string;
  /** Partition. */
  pt: number;
  /** How many buckets it adds to. */
  n: number;
  /** By account, as `fieldOf` names it: AddedDay[] as JSON, which is read and written much faster than BSON. */
  u: Record<string, string>;
}

/**
 * What is added to one bucket: profile (its number), group, day, as in usage_days, the profile's method, and its hours.
 */
type AddedDay = [p: number, g: Group, d: number, m: AggregationMethod, hours: AddedHour[]];

/** Hour of the UTC day, number of events, quantity in its units, and time and key of the event it is from. */
type AddedHour = [hour: number, n: number, quantity?: string, timestampMs?: number, key?: string];

/** A document may have 16 MiB. */
const DOCUMENT_BYTES_MAX = 8 * 1024 * 1024;
/** Of one hour: its largest state, with the key of an event. */
const HOUR_BYTES_MAX = 1_200;
/** More accounts are not named one by one: all that waits in their partitions is read. */
const NAMED_MAX = 1_000;

function collection(db: Db): Collection<UsageAdditionsDoc> {
  return db.collection<UsageAdditionsDoc>(USAGE_ADDITIONS);
}

/** Which chunk adds: its partition and last sequence. */
export interface AddingChunk {
  readonly partition: number;
  readonly toSeq: number;
}

/** Keeps what a chunk adds to buckets until it is settled. Only methods whose additions commute. */
export async function insertAdditions(
  db: Db,
  session: ClientSession,
  added: readonly { readonly chunk: AddingChunk; readonly days: readonly UsageDay[] }[],
): Promise<void> {
  const documents = added.flatMap(({ chunk: { partition, toSeq }, days }) =>
    [...partsWithin(days, bytesMaxOf, { bytes: DOCUMENT_BYTES_MAX })].map((part, index) =>
      toDoc(`${partition}/${toSeq}/${index}`, partition, part),
    ),
  );
  await insertAll(db, session, collection(db), documents, documentBytesMaxOf);
}

/** What waits of some accounts, one entry a bucket. */
export async function readAdditions(
  find: Find,
  organisationId: OrganisationId,
  accountIds: readonly AccountId[],
  partitionCount: number,
): Promise<UsageDay[]> {
  const partitions = accountIds.map((accountId) =>
    partitionOf(organisationId, accountId, partitionCount),
  );
  const fields = new Set(accountIds.map((accountId) => fieldOf(organisationId, accountId)));
  const named = [...fields].map((field) => [`u.${field}`, 1] as const);
  const docs = find<UsageAdditionsDoc>(
    USAGE_ADDITIONS,
    { pt: { $in: [...new Set(partitions)] } },
    named.length > NAMED_MAX ? undefined : Object.fromEntries(named),
  );
  const days: UsageDay[] = [];
  for await (const { u } of docs) {
    for (const [field, added] of Object.entries(u)) {
      if (fields.has(field)) days.push(...daysOf(field, added));
    }
  }
  return joinDays(days);
}

/** The first accounts after `after`, by id, of which something waits on any of the days [fromDay, toDay). */
export async function accountsWithAdditions(
  db: Db,
  session: ClientSession,
  of: { readonly organisationId: OrganisationId; readonly profiles: readonly number[] },
  { fromDay, toDay, after }: DayRange & { readonly after: string },
  limit: number,
): Promise<AccountId[]> {
  const { organisationId, profiles } = of;
  const $gt = fieldOf(organisationId, after);
  const found = collection(db).aggregate<{ _id: string; added: string[] }>(
    [
      // Every partition has a number; naming it lets the index be used.
      { $match: { pt: { $gte: 0 } } },
      { $project: { account: { $objectToArray: '$u' } } },
      { $unwind: '$account' },
      { $match: { 'account.k': { $gt, $lt: `${organisationId}${AFTER_SLASH}` } } },
      { $group: { _id: '$account.k', added: { $push: '$account.v' } } },
      { $sort: { _id: 1 } },
    ],
    { session, ...READING },
  );
  const isWanted = ({ profile, day }: UsageDay) =>
    profiles.includes(profile) && day >= fromDay && day < toDay;
  const accounts: AccountId[] = [];
  for await (const { _id: field, added } of found) {
    if (!added.some((text) => daysOf(field, text).some(isWanted))) continue;
    accounts.push(subjectOf(field).accountId);
    if (accounts.length === limit) break;
  }
  return accounts;
}

/** To how many buckets what waits adds, by partition; none where nothing waits. */
export async function countAdditions(db: Db): Promise<Map<number, number>> {
  const counted = collection(db).aggregate<{ _id: number; days: number }>([
    { $match: { pt: { $gte: 0 } } },
    { $group: { _id: '$pt', days: { $sum: '$n' } } },
  ]);
  return new Map(await counted.map(({ _id, days }) => [_id, days] as const).toArray());
}

/**
 * Takes away what waits in a partition and gives it, one entry a bucket: document by document until these add to
 * `daysMax` buckets, so that a transaction stays small. Also gives whether that was all.
 */
export async function takeAdditions(
  db: Db,
  session: ClientSession,
  partition: number,
  daysMax: number,
): Promise<{ readonly days: UsageDay[]; readonly isAll: boolean }> {
  const days: UsageDay[] = [];
  const ids: string[] = [];
  let isAll = true;
  for await (const { _id, u } of collection(db).find({ pt: partition }, { session })) {
    isAll = days.length < daysMax;
    if (!isAll) break;
    for (const [field, added] of Object.entries(u)) days.push(...daysOf(field, added));
    ids.push(_id);
  }
  if (ids.length > 0) {
    await collection(db).deleteMany({ _id: { $in: ids }, pt: partition }, { session });
  }
  return { days: joinDays(days), isAll };
}

/** To how many buckets what waits of an account adds; one to which several chunks add counts for each. */
export async function countAccountAdditions(
  db: Db,
  session: ClientSession,
  partition: number,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<number> {
  const waiting = await waitingOf(db, session, partition, organisationId, accountId);
  return waiting.reduce((sum, { days }) => sum + days.length, 0);
}

/** Takes away what waits of one account and gives it, one entry a bucket. What waits of others stays. */
export async function takeAccountAdditions(
  db: Db,
  session: ClientSession,
  partition: number,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<UsageDay[]> {
  const waiting = await waitingOf(db, session, partition, organisationId, accountId);
  if (waiting.length === 0) return [];
  const path = `u.${fieldOf(organisationId, accountId)}`;
  const updates = waiting.map(({ _id, days }) => {
    const update = { $unset: { [path]: '' as const }, $inc: { n: -days.length } };
    return { updateOne: { filter: { _id, pt: partition }, update } };
  });
  await collection(db).bulkWrite(updates, { session, ordered: false });
  return joinDays(waiting.flatMap(({ days }) => days));
}

/** What waits of an account, by document. */
async function waitingOf(
  db: Db,
  session: ClientSession,
  partition: number,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<{ readonly _id: string; readonly days: readonly UsageDay[] }[]> {
  const field = fieldOf(organisationId, accountId);
  const filter = { pt: partition, [`u.${field}`]: { $exists: true } };
  const options = { session, ...READING, projection: { [`u.${field}`]: 1 } };
  const docs = collection(db).find(filter, options);
  return docs.map(({ _id, u }) => ({ _id, days: daysOf(field, u[field] ?? '[]') })).toArray();
}

function bytesMaxOf({ accountId, group, hours }: UsageDay): number {
  return 3 * (accountId.length + group.length) + HOUR_BYTES_MAX * hours.size + 256;
}

/** A character has at most three bytes. */
function documentBytesMaxOf({ u }: UsageAdditionsDoc): number {
  return Object.entries(u).reduce(
    (sum, [field, text]) => sum + 3 * (field.length + text.length),
    256,
  );
}

function toDoc(_id: string, pt: number, days: readonly UsageDay[]): UsageAdditionsDoc {
  const byField = gatheredBy(days, (day) => fieldOf(day.organisationId, day.accountId));
  const u: UsageAdditionsDoc['u'] = {};
  for (const [field, own] of byField) u[field] = JSON.stringify(own.map(addedOf));
  return { _id, pt, n: days.length, u };
}

function addedOf({ profile, group, day, method, hours }: UsageDay): AddedDay {
  const added: AddedHour[] = [];
  for (const [hour, { eventCount, quantity, origin }] of hours) {
    if (quantity === undefined) added.push([hour, eventCount]);
    else if (origin === undefined) added.push([hour, eventCount, quantity.toString()]);
    else added.push([hour, eventCount, quantity.toString(), origin.timestampMs, origin.key]);
  }
  return [profile, group, day, method, added];
}

function daysOf(field: string, text: string): UsageDay[] {
  const subject = subjectOf(field);
  return (JSON.parse(text) as AddedDay[]).map(([profile, group, day, method, added]) => {
    const hours = new Map<number, UsageState>();
    for (const hour of added) hours.set(hour[0], stateOf(hour));
    const { organisationId, accountId } = subject;
    const total = totalOf(method, hours);
    return { organisationId, accountId, profile, group, day, method, total, hours };
  });
}

function stateOf([, eventCount, quantity, timestampMs, key]: AddedHour): UsageState {
  if (quantity === undefined) return { ...NO_USAGE, eventCount };
  const isFrom = timestampMs !== undefined && key !== undefined;
  const origin = isFrom ? { timestampMs, key } : undefined;
  return { eventCount, quantity: BigInt(quantity), origin, values: undefined };
}

/**
 * The name of an account's field. A dot would make a path of it; no id holds a slash, so two of these stand for a dot,
 * and fields are in the order of the accounts.
 */
function fieldOf(organisationId: OrganisationId, accountId: string): string {
  return `${organisationId}/${accountId.replaceAll('.', '//')}`;
}

const AFTER_SLASH = '0';

function subjectOf(field: string) {
  const slash = field.indexOf('/');
  return {
    organisationId: field.slice(0, slash) as OrganisationId,
    accountId: field.slice(slash + 1).replaceAll('//', '.') as AccountId,
  };
}
