import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db, Filter } from 'mongodb';
import type { Find } from '../../store/find';
import { READING } from '../../store/reading';
import type { DayRange } from '../../usage/domain/usage-cuts';
import type { Recount, RecountDay } from '../domain/recount';

const RECOUNTS = 'recounts';

/** By the replica that works them off, then for who asks whether usage is being counted again. */
export const RECOUNT_INDEXES: readonly IndexSpec[] = [
  { collection: RECOUNTS, key: { o: 1, en: 1, a: 1, d: 1 } },
  { collection: RECOUNTS, key: { pt: 1, o: 1, _id: 1 } },
];

/** Hours whose buckets are to be counted again from their events. It goes when they are what the events say. */
interface RecountDoc {
  /** "<organisation>/<account>/<day>/<event name>". */
  _id: string;
  /** Organisation, account, event name, day (days since 1970-01-01, UTC), and the account's partition. */
  o: OrganisationId;
  a: AccountId;
  en: string;
  d: number;
  pt: number;
  /** Hours of the day, 0-23. */
  h: number[];
  /** How often its events were corrected: what was read before the last time is stale. */
  cn: number;
  /** Counts the steps, and the chunks that leave late events to it: each of them writes it, so that no two overlap. */
  st: number;
  /** When it was first asked for. */
  t: Date;
}

function collection(db: Db): Collection<RecountDoc> {
  return db.collection<RecountDoc>(RECOUNTS);
}

function idOf({ organisationId, accountId, day, eventName }: RecountDay): string {
  return `${organisationId}/${accountId}/${day}/${eventName}`;
}

/** Why hours are to be counted again. */
export interface RecountCause {
  /** Events of them were corrected: a step that is counting them already must begin anew. Else events came late. */
  readonly corrected: boolean;
  readonly nowMs: number;
}

/** Asks for hours of days, of a partition's accounts, to be counted again. */
export async function askForRecounts(
  db: Db,
  session: ClientSession,
  partition: number,
  days: readonly (RecountDay & { readonly hours: readonly number[] })[],
  { corrected, nowMs }: RecountCause,
): Promise<void> {
  if (days.length === 0) return;
  await collection(db).bulkWrite(
    days.map((day) => ({
      updateOne: {
        filter: { _id: idOf(day) },
        update: {
          $addToSet: { h: { $each: [...day.hours] } },
          $inc: corrected ? { cn: 1, st: 0 } : { cn: 0, st: 1 },
          $setOnInsert: {
            ...{ o: day.organisationId, a: day.accountId, en: day.eventName, d: day.day },
            ...{ pt: partition, t: new Date(nowMs) },
          },
        },
        upsert: true,
      },
    })),
    { session, ordered: false },
  );
}

/** Those of the days that are being counted again, as `dayNameOf` names them. */
export async function daysBeingRecounted(
  db: Db,
  session: ClientSession,
  days: readonly RecountDay[],
): Promise<Set<string>> {
  const wanted = { _id: { $in: days.map(idOf) } };
  const docs = collection(db).find(wanted, { session, projection: { _id: 1 } });
  return new Set(await docs.map(({ _id }) => _id).toArray());
}

/** How a day is named among those of `daysBeingRecounted`. */
export { idOf as dayNameOf };

/** Whether usage of an event name on any of the days [fromDay, toDay) is being counted again. */
export async function isBeingRecounted(
  db: Db,
  session: ClientSession | undefined,
  of: {
    readonly organisationId: OrganisationId;
    readonly eventName: string;
    /** Undefined for all. */
    readonly accountIds: readonly AccountId[] | undefined;
  },
  { fromDay, toDay }: DayRange,
): Promise<boolean> {
  const { organisationId: o, eventName: en, accountIds } = of;
  const a = accountIds === undefined ? {} : { a: { $in: [...accountIds] } };
  const filter = { o, en, ...a, d: { $gte: fromDay, $lt: toDay } };
  const options = { ...READING, projection: { _id: 1 }, ...(session && { session }) };
  return (await collection(db).findOne(filter, options)) !== null;
}

/** Of these accounts and event names, what is being counted again on any day, as `subjectOf` names it. */
export async function subjectsBeingRecounted(
  find: Find,
  of: {
    readonly organisationId: OrganisationId;
    readonly accountIds: readonly AccountId[];
    readonly eventNames: readonly string[];
  },
): Promise<ReadonlySet<string>> {
  const filter = {
    ...{ o: of.organisationId, en: { $in: [...of.eventNames] }, a: { $in: [...of.accountIds] } },
  };
  const subjects = new Set<string>();
  for await (const { a, en } of find<RecountDoc>(RECOUNTS, filter, { _id: 0, a: 1, en: 1 }))
    subjects.add(subjectOf({ accountId: a, eventName: en }));
  return subjects;
}

/** How an account's events of a name are named among those of `subjectsBeingRecounted`. */
export function subjectOf({
  accountId,
  eventName,
}: Pick<RecountDay, 'accountId' | 'eventName'>): string {
  return `${accountId}/${eventName}`;
}

/** Reads one as it is now; undefined when it is done. */
export async function readRecount(
  db: Db,
  session: ClientSession | undefined,
  day: RecountDay,
): Promise<Recount | undefined> {
  const doc = await collection(db).findOne({ _id: idOf(day) }, session ? { session } : {});
  return doc === null ? undefined : fromDoc(doc);
}

/** The first organisation after one, by id, that has any in these partitions. */
export async function nextRecountOrganisation(
  db: Db,
  partitions: readonly number[],
  after: string,
): Promise<OrganisationId | undefined> {
  const first = await firstOf(db, partitions, { o: { $gt: after as OrganisationId } });
  return first?.organisationId;
}

/** The first of an organisation after one, by id, in these partitions. */
export function nextRecountOf(
  db: Db,
  partitions: readonly number[],
  organisationId: OrganisationId,
  after: string,
): Promise<Recount | undefined> {
  return firstOf(db, partitions, { o: organisationId, _id: { $gt: after } });
}

/** In the order of the index, which is merged over the partitions. */
async function firstOf(
  db: Db,
  partitions: readonly number[],
  wanted: Filter<RecountDoc>,
): Promise<Recount | undefined> {
  const filter = { pt: { $in: [...partitions] }, ...wanted };
  const doc = await collection(db).findOne(filter, { ...READING, sort: { o: 1, _id: 1 } });
  return doc === null ? undefined : fromDoc(doc);
}

/**
 * Notes a step, in its transaction. Gives false when events were corrected since the recount was read, or it is done.
 */
export async function noteRecountStep(
  db: Db,
  session: ClientSession,
  { id, version }: Recount,
): Promise<boolean> {
  const update = { $inc: { st: 1 } };
  const filter = { _id: id, cn: version };
  return (await collection(db).updateOne(filter, update, { session })).matchedCount === 1;
}

/** Takes hours away that are done, in the transaction of their last step; without any it goes. */
export async function finishHours(
  db: Db,
  session: ClientSession,
  { id }: Recount,
  hours: readonly number[],
): Promise<void> {
  const update = { $pull: { h: { $in: [...hours] } } };
  await collection(db).updateOne({ _id: id }, update, { session });
  await collection(db).deleteOne({ _id: id, h: [] }, { session });
}

/** How many wait, and since when the oldest does, by partition; none where none waits. */
export async function countRecounts(
  db: Db,
): Promise<Map<number, { readonly count: number; readonly sinceMs: number }>> {
  const counted = collection(db).aggregate<{ _id: number; count: number; since: Date }>([
    // Every partition has a number; naming it lets the index be used.
    { $match: { pt: { $gte: 0 } } },
    { $group: { _id: '$pt', count: { $sum: 1 }, since: { $min: '$t' } } },
  ]);
  const all = counted.map(
    ({ _id, count, since }) => [_id, { count, sinceMs: since.getTime() }] as const,
  );
  return new Map(await all.toArray());
}

function fromDoc({ _id: id, o, a, en, d, pt, h, cn }: RecountDoc): Recount {
  return {
    id,
    ...{ organisationId: o, accountId: a, eventName: en, day: d, partition: pt },
    hours: [...h].sort((x, y) => x - y),
    version: cn,
  };
}
