import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import {
  Binary,
  type AnyBulkWriteOperation,
  type ClientSession,
  type Collection,
  type Db,
  type Filter,
} from 'mongodb';
import { gatheredBy } from '../../domain/gathered-by';
import { NO_GROUP } from '../../domain/group';
import { READING } from '../../store/reading';
import type { UsageNeeds } from '../../usage/domain/usage-cuts';
import { usageDayIdOf, type UsageDay, type UsageDayKey } from '../../usage/domain/usage-day';
import { groupFilterOf, type GroupRange } from '../../usage/store/usage-days';
import { containerOf, IdSet } from '../domain/id-set';
import { numberValues, uniqueValueIdOf, type UniqueOwner } from './unique-values';

const UNIQUE_DAYS = 'unique_days';

/** As usage_days, with the container. */
export const UNIQUE_DAY_INDEXES: readonly IndexSpec[] = [
  { collection: UNIQUE_DAYS, key: { o: 1, a: 1, p: 1, g: 1, d: 1, ct: 1 } },
];

/**
 * Which distinct values (by their numbers, of one container) an account had under a profile on a UTC day, and in each
 * of its hours. Each set is encoded as `IdSet` says.
 */
interface UniqueDayDoc {
  /** The bucket's name and the container. */
  _id: string;
  /** As in usage_days. */
  o: OrganisationId;
  a: AccountId;
  p: number;
  g: string;
  d: number;
  /** The container. */
  ct: number;
  /** The day's set: all of the hours'. */
  us: Binary;
  /** By hour of the UTC day, "0" to "23". */
  h: Record<string, Binary>;
}

/** What a document gains, by hour. */
interface Gain {
  readonly key: UsageDayKey;
  readonly container: number;
  readonly hours: Map<number, IdSet>;
}

function collection(db: Db): Collection<UniqueDayDoc> {
  return db.collection<UniqueDayDoc>(UNIQUE_DAYS);
}

/**
 * Notes the distinct values of days that have any. Noting one twice changes nothing, and writes nothing. So a
 * transaction that takes values away (`setUniqueHours`) must write the same bucket of usage_days as one that counts an
 * event does: of two such transactions at once one is repeated.
 */
export async function addUniqueValues(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  const gains = await gainsOf(
    db,
    session,
    days.map((key) => ({ key, hours: valuesByHour(key) })),
  );
  if (gains.size === 0) return;
  const hours = new Set([...gains.values()].flatMap((gain) => [...gain.hours.keys()]));
  const projection = Object.fromEntries(['us', ...[...hours].map((h) => `h.${h}`)].map(shown));
  const present = new Map<string, Pick<UniqueDayDoc, 'us' | 'h'>>();
  const wanted = { _id: { $in: [...gains.keys()] } };
  for await (const doc of collection(db).find(wanted, { session, projection })) {
    present.set(doc._id, doc);
  }
  const updates = [...gains].flatMap(([_id, gain]) => toUpdates(_id, gain, present.get(_id)));
  if (updates.length > 0) await collection(db).bulkWrite(updates, { session, ordered: false });
}

/** Hours of a bucket with the distinct values they are to have. */
export interface UniqueHours {
  readonly key: UsageDayKey;
  readonly hours: ReadonlyMap<number, ReadonlySet<string>>;
}

/**
 * Replaces the distinct values of hours of buckets of one account. Those of their other hours stay, and the days'
 * follow from all of them.
 */
export async function setUniqueHours(
  db: Db,
  session: ClientSession,
  changes: readonly UniqueHours[],
): Promise<void> {
  if (changes.length === 0) return;
  const gains = await gainsOf(db, session, changes);
  const present = gatheredBy(
    await docsOf(
      db,
      session,
      changes.map(({ key }) => key),
    ),
    bucketOf,
  );
  const gained = gatheredBy(gains, ([, { key }]) => usageDayIdOf(key));
  const writes: AnyBulkWriteOperation<UniqueDayDoc>[] = [];
  for (const { key, hours } of changes) {
    const name = usageDayIdOf(key);
    const kept = new Map(present.get(name)?.map((doc) => [doc._id, doc]));
    const containers = new Map([...kept].map(([_id, { ct }]) => [_id, ct]));
    for (const [_id, { container }] of gained.get(name) ?? []) containers.set(_id, container);
    for (const [_id, container] of containers) {
      const sets = new Map(gains.get(_id)?.hours);
      for (const [hour, ids] of hoursOf(kept.get(_id), container)) {
        if (!hours.has(hour)) sets.set(hour, ids);
      }
      writes.push(replacementOf(_id, key, container, sets));
    }
  }
  if (writes.length > 0) await collection(db).bulkWrite(writes, { session, ordered: false });
}

function replacementOf(
  _id: string,
  key: UsageDayKey,
  container: number,
  sets: ReadonlyMap<number, IdSet>,
): AnyBulkWriteOperation<UniqueDayDoc> {
  if (sets.size === 0) return { deleteOne: { filter: { _id } } };
  return {
    replaceOne: { filter: { _id }, replacement: toDoc(key, container, sets), upsert: true },
  };
}

/** The distinct values of buckets, and of their hours (undefined: of the whole day), by the buckets' names. */
export async function readUniqueHours(
  db: Db,
  session: ClientSession,
  keys: readonly UsageDayKey[],
): Promise<Map<string, Map<number | undefined, IdSet>>> {
  const found = new Map<string, Map<number | undefined, IdSet>>();
  for (const doc of await docsOf(db, session, keys)) {
    const sets = found.get(bucketOf(doc)) ?? new Map<number | undefined, IdSet>();
    found.set(bucketOf(doc), sets);
    unite(sets, undefined, IdSet.decode(doc.ct, doc.us.buffer));
    for (const [hour, ids] of hoursOf(doc, doc.ct)) unite(sets, hour, ids);
  }
  return found;
}

/** Adds numbers to one of some sets. */
export function unite<K>(sets: Map<K, IdSet>, name: K, ids: IdSet): void {
  const together = sets.get(name) ?? new IdSet();
  together.or(ids);
  sets.set(name, together);
}

/** All documents of buckets. */
async function docsOf(
  db: Db,
  session: ClientSession,
  keys: readonly UsageDayKey[],
): Promise<UniqueDayDoc[]> {
  const together = gatheredBy(keys, (key) => usageDayIdOf({ ...key, group: NO_GROUP }));
  const branches = [...together.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const groups = [first, ...others].map(({ group }) => group);
    return [{ ...filterOf({ ...first, accountIds: [first.accountId], groups }), d: first.day }];
  });
  const docs: UniqueDayDoc[] = [];
  for (let from = 0; from < branches.length; from += BRANCHES_PER_QUERY) {
    const $or = branches.slice(from, from + BRANCHES_PER_QUERY);
    docs.push(
      ...(await collection(db)
        .find({ $or }, { session, ...READING })
        .toArray()),
    );
  }
  return docs;
}

/** Few enough to plan quickly. */
const BRANCHES_PER_QUERY = 50;

function bucketOf({ o, a, p, g, d }: UniqueDayDoc): string {
  return usageDayIdOf({ organisationId: o, accountId: a, profile: p, group: g, day: d });
}

/** Whose sets to read. */
export interface UniqueScope {
  readonly organisationId: OrganisationId;
  readonly accountIds: readonly AccountId[];
  /** The profile's number. */
  readonly profile: number;
  /** Undefined for all. */
  readonly groups?: readonly string[] | undefined;
  /** Of these only groups in a range; undefined for all. */
  readonly groupRange?: GroupRange | undefined;
}

/** Distinct values, by their numbers, of a day, or of one hour of it. One day or hour may come in several parts. */
export interface UniqueIds {
  readonly accountId: AccountId;
  readonly group: string;
  readonly day: number;
  /** Undefined: the whole day. */
  readonly hour: number | undefined;
  readonly ids: IdSet;
}

/** The distinct values of the days [fromDay, toDay), and those of each hour of the days `hourDays`. */
export async function* readUniqueIds(
  db: Db,
  session: ClientSession,
  scope: UniqueScope,
  { totals: { fromDay, toDay }, hourDays }: Pick<UsageNeeds, 'totals' | 'hourDays'>,
): AsyncGenerator<UniqueIds> {
  const days = collection(db);
  if (fromDay < toDay) {
    const ofDays = { ...filterOf(scope), d: { $gte: fromDay, $lt: toDay } };
    const options = { session, ...READING, projection: { h: 0 } };
    for await (const { a: accountId, g: group, d: day, ct, us } of days.find(ofDays, options)) {
      yield { accountId, group, day, hour: undefined, ids: IdSet.decode(ct, us.buffer) };
    }
  }
  if (hourDays.length === 0) return;
  const ofHours = { ...filterOf(scope), d: { $in: [...hourDays] } };
  for await (const doc of days.find(ofHours, { session, ...READING, projection: { us: 0 } })) {
    const { a: accountId, g: group, d: day, ct } = doc;
    for (const [hour, ids] of hoursOf(doc, ct)) yield { accountId, group, day, hour, ids };
  }
}

/** The documents that values belong to, with their numbers. Values without a number get one. */
async function gainsOf(
  db: Db,
  session: ClientSession,
  days: readonly UniqueHours[],
): Promise<Map<string, Gain>> {
  const owners = new Map<string, UniqueOwner>();
  for (const { key, hours } of days) {
    for (const values of hours.values()) {
      for (const value of values) owners.set(uniqueValueIdOf(key, value), key);
    }
  }
  const gains = new Map<string, Gain>();
  if (owners.size === 0) return gains;
  const numbers = await numberValues(db, session, owners);
  for (const { key, hours } of days) {
    for (const [hour, values] of hours) {
      const ids = [...values].map((value) => numbers.get(uniqueValueIdOf(key, value)) ?? 0);
      for (const [container, ofContainer] of gatheredBy(ids, containerOf)) {
        const _id = `${usageDayIdOf(key)}/${container}`;
        const gain = gains.get(_id) ?? { key, container, hours: new Map<number, IdSet>() };
        gains.set(_id, gain);
        const gained = IdSet.of(ofContainer);
        gained.or(gain.hours.get(hour) ?? NO_IDS);
        gain.hours.set(hour, gained);
      }
    }
  }
  return gains;
}

function valuesByHour({ hours }: UsageDay): Map<number, ReadonlySet<string>> {
  return new Map([...hours].map(([hour, { values }]) => [hour, values ?? NO_VALUES]));
}

const NO_VALUES: ReadonlySet<string> = new Set();
const NO_IDS = new IdSet();

function toUpdates(
  _id: string,
  { key, container, hours }: Gain,
  present: Pick<UniqueDayDoc, 'us' | 'h'> | undefined,
): AnyBulkWriteOperation<UniqueDayDoc>[] {
  const before = hoursOf(present, container);
  const day = present === undefined ? new IdSet() : IdSet.decode(container, present.us.buffer);
  const changed: Record<string, Binary> = {};
  for (const [hour, gained] of hours) {
    const ids = before.get(hour) ?? new IdSet();
    const sizeBefore = ids.size;
    ids.or(gained);
    day.or(gained);
    if (ids.size > sizeBefore) changed[`h.${hour}`] = binaryOf(ids);
  }
  if (Object.keys(changed).length === 0) return [];
  const { o, a, p, g, d, ct } = fieldsOf(key, container);
  const update = { $set: { us: binaryOf(day), ...changed }, $setOnInsert: { o, a, p, g, d, ct } };
  return [{ updateOne: { filter: { _id }, update, upsert: true } }];
}

function toDoc(
  key: UsageDayKey,
  container: number,
  hours: ReadonlyMap<number, IdSet>,
): Omit<UniqueDayDoc, '_id'> {
  const day = new IdSet();
  for (const ids of hours.values()) day.or(ids);
  const h = Object.fromEntries([...hours].map(([hour, ids]) => [hour, binaryOf(ids)]));
  return { ...fieldsOf(key, container), us: binaryOf(day), h };
}

function fieldsOf(key: UsageDayKey, ct: number) {
  const { organisationId: o, accountId: a, profile: p, group: g, day: d } = key;
  return { o, a, p, g, d, ct };
}

function hoursOf(doc: Pick<UniqueDayDoc, 'h'> | undefined, container: number): Map<number, IdSet> {
  const hours = Object.entries(doc?.h ?? {});
  return new Map(hours.map(([h, { buffer }]) => [Number(h), IdSet.decode(container, buffer)]));
}

/** A set of one container. */
function binaryOf(ids: IdSet): Binary {
  const [encoded] = ids.encode();
  return new Binary(encoded?.[1] ?? new Uint8Array());
}

function filterOf(scope: UniqueScope): Filter<UniqueDayDoc> {
  const g = groupFilterOf(scope);
  return {
    o: scope.organisationId,
    a: { $in: [...scope.accountIds] },
    p: scope.profile,
    ...(g === undefined ? {} : { g }),
  };
}

function shown(path: string): [string, 1] {
  return [path, 1];
}
