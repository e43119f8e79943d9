import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import { READING } from '../../store/reading';

const UNIQUE_VALUES = 'unique_values';
const UNIQUE_COUNTERS = 'unique_counters';

/** Both are read by `_id` alone, which begins with organisation and account, as a shard key on these does. */
export const UNIQUE_VALUE_INDEXES: readonly IndexSpec[] = [
  { collection: UNIQUE_VALUES },
  { collection: UNIQUE_COUNTERS },
];

/**
 * The number by which an account's sets of distinct values know a value. All profiles of the account share the numbers,
 * so that sets of several groups, or of several versions of a profile, can be united.
 */
interface UniqueValueDoc {
  /** "<organisation>/<account>/<value>", the value as `readDistinctValue` writes it. */
  _id: string;
  o: OrganisationId;
  a: AccountId;
  /** From 0, in the order of first appearance. */
  vn: number;
}

/** How many distinct values an account has had: the next one's number. */
interface UniqueCounterDoc {
  /** "<organisation>/<account>". */
  _id: string;
  o: OrganisationId;
  a: AccountId;
  n: number;
}

/** Whose values. */
export interface UniqueOwner {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
}

/** Names a distinct value of an account. Neither of the ids holds a slash, so no two values have the same name. */
export function uniqueValueIdOf(owner: UniqueOwner, value: string): string {
  return `${counterIdOf(owner)}/${value}`;
}

/** The numbers of those of the values (by `uniqueValueIdOf`) that have one. */
export async function readValueNumbers(
  db: Db,
  session: ClientSession,
  valueIds: Iterable<string>,
): Promise<Map<string, number>> {
  const wanted = [...valueIds];
  const numbers = new Map<string, number>();
  for (let first = 0; first < wanted.length; first += VALUES_PER_QUERY) {
    const _id = { $in: wanted.slice(first, first + VALUES_PER_QUERY) };
    const options = { session, ...READING, projection: { vn: 1 } };
    for await (const doc of values(db).find({ _id }, options)) numbers.set(doc._id, doc.vn);
  }
  return numbers;
}

/** Keeps a query far below the 16 MiB of a document: a value's name has less than 300 bytes. */
const VALUES_PER_QUERY = 10_000;

/**
 * The numbers of all values, by `uniqueValueIdOf`; new values get the next ones. Two transactions that number values of
 * one account collide at its counter, and one of them is run again.
 */
export async function numberValues(
  db: Db,
  session: ClientSession,
  wanted: ReadonlyMap<string, UniqueOwner>,
): Promise<Map<string, number>> {
  const numbers = await readValueNumbers(db, session, wanted.keys());
  const unknown = new Map<string, { owner: UniqueOwner; valueIds: string[] }>();
  for (const [valueId, owner] of wanted) {
    if (numbers.has(valueId)) continue;
    const counterId = counterIdOf(owner);
    const ofOwner = unknown.get(counterId) ?? { owner, valueIds: [] };
    ofOwner.valueIds.push(valueId);
    unknown.set(counterId, ofOwner);
  }
  if (unknown.size === 0) return numbers;
  const counters = await moveCounters(db, session, unknown);
  const docs: UniqueValueDoc[] = [];
  for (const [counterId, { owner, valueIds }] of unknown) {
    for (const [offset, _id] of valueIds.entries()) {
      const vn = (counters.get(counterId) ?? 0) + offset;
      numbers.set(_id, vn);
      docs.push({ _id, o: owner.organisationId, a: owner.accountId, vn });
    }
  }
  await values(db).insertMany(docs, { session, ordered: false });
  return numbers;
}

/** Makes room for new values; gives where the counters were. */
async function moveCounters(
  db: Db,
  session: ClientSession,
  unknown: ReadonlyMap<string, { owner: UniqueOwner; valueIds: readonly string[] }>,
): Promise<Map<string, number>> {
  const counters = db.collection<UniqueCounterDoc>(UNIQUE_COUNTERS);
  const docs = await counters.find({ _id: { $in: [...unknown.keys()] } }, { session }).toArray();
  await counters.bulkWrite(
    [...unknown].map(([_id, { owner, valueIds }]) => ({
      updateOne: {
        filter: { _id },
        update: {
          $inc: { n: valueIds.length },
          $setOnInsert: { o: owner.organisationId, a: owner.accountId },
        },
        upsert: true,
      },
    })),
    { session, ordered: false },
  );
  return new Map(docs.map(({ _id, n }) => [_id, n]));
}

function counterIdOf({ organisationId, accountId }: UniqueOwner): string {
  return `${organisationId}/${accountId}`;
}

function values(db: Db): Collection<UniqueValueDoc> {
  return db.collection<UniqueValueDoc>(UNIQUE_VALUES);
}
