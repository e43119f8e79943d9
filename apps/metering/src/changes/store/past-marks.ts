import { partitionOf } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Collection, Db } from 'mongodb';
import type { Find } from '../../store/find';

const PAST_MARKS = 'past_marks';

/** Read by key alone. */
export const PAST_MARK_INDEXES: readonly IndexSpec[] = [{ collection: PAST_MARKS }];

/**
 * Who changes the past: the partition's lane, or what counts days again. Each has marks of its own, so that neither
 * waits for the other.
 */
export type PastWriter = 'lane' | 'recount';

/** How often usage of the past has changed, of the accounts of a partition. */
interface PastMarksDoc {
  /** "<partition>/<writer>". */
  _id: string;
  /** By `shardOf` an account. */
  n: Record<string, number>;
}

/** Whose usage. */
export interface MarkedAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
}

/** How often the past of accounts had changed at a moment. Equal for an account: nothing of it has changed between. */
export type PastMarks = (account: MarkedAccount) => number;

/** No power of two, as accounts of a partition have those in common. */
const SHARDS = 251;

function collection(db: Db): Collection<PastMarksDoc> {
  return db.collection<PastMarksDoc>(PAST_MARKS);
}

/** Marks that usage of accounts of a partition has changed in the past, in the transaction that changes it. */
export async function markPast(
  db: Db,
  session: ClientSession,
  of: { readonly partition: number; readonly writer: PastWriter },
  accounts: readonly MarkedAccount[],
): Promise<void> {
  const shards = new Set(accounts.map(shardOf));
  if (shards.size === 0) return;
  const $inc = Object.fromEntries([...shards].map((shard) => [`n.${shard}`, 1]));
  const filter = { _id: idOf(of.partition, of.writer) };
  await collection(db).updateOne(filter, { $inc }, { session, upsert: true });
}

/** The marks of accounts. */
export async function readPastMarks(
  find: Find,
  accounts: readonly MarkedAccount[],
  partitionCount: number,
): Promise<PastMarks> {
  const partition = ({ organisationId, accountId }: MarkedAccount) =>
    partitionOf(organisationId, accountId, partitionCount);
  const ids = new Set(accounts.flatMap((account) => idsOf(partition(account))));
  const fields = new Set(accounts.map((account) => `n.${shardOf(account)}`));
  const projection = Object.fromEntries([...fields].map((field) => [field, 1]));
  const marks = new Map<string, PastMarksDoc['n']>();
  const found = find<PastMarksDoc>(PAST_MARKS, { _id: { $in: [...ids] } }, projection);
  for await (const { _id, n } of found) marks.set(_id, n);
  return (account) =>
    idsOf(partition(account)).reduce(
      (sum, id) => sum + (marks.get(id)?.[shardOf(account)] ?? 0),
      0,
    );
}

function shardOf({ organisationId, accountId }: MarkedAccount): number {
  return partitionOf(organisationId, accountId, SHARDS);
}

function idOf(partition: number, writer: PastWriter): string {
  return `${partition}/${writer}`;
}

function idsOf(partition: number): string[] {
  return [idOf(partition, 'lane'), idOf(partition, 'recount')];
}
