import { DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import type { MarkStore } from '../../late/store/marks';
import type { DueOf } from '../../schedule/domain/due-of';
import type { Claim, DueStore } from '../../schedule/store/due';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { Failure } from '../../usage/attempt';
import type { BillStore } from '../store/bills';
import type { BillResult } from './bill-result';

/** See `CloseOutcome`. */
export type Committed = 'billed' | 'overtaken' | Failure;

/** Where bills are written. */
export interface CommitParts {
  readonly mongo: Mongo;
  readonly subscriptions: SubscriptionStore;
  readonly bills: BillStore;
  readonly due: DueStore;
  readonly marks: MarkStore;
}

/** Bills whose messages together are longer than this are not committed together, unless there is one. */
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * Writes bills of an organisation, their ledger entries and messages, progress and schedule: of each all or nothing, of
 * many in one transaction. Of a subscription that is not as it was read, nothing is written, and the others go on.
 */
export async function commitBills(
  parts: CommitParts,
  organisationId: OrganisationId,
  results: readonly BillResult[],
  dueOf: DueOf,
): Promise<Map<Claim, Committed>> {
  const outcomes = new Map<Claim, Committed>();
  const commit = async (together: readonly BillResult[]): Promise<void> => {
    try {
      const billed = await commitTogether(parts, organisationId, together, dueOf);
      for (const { claim } of together)
        outcomes.set(claim, billed.has(claim.subscription.id) ? 'billed' : 'overtaken');
    } catch (failure) {
      // An outage, or too many others at work: the same for all. Else one of them cannot be written.
      if (together.length === 1 || failure instanceof DomainError) {
        for (const { claim } of together) outcomes.set(claim, { failure });
        return;
      }
      const half = Math.ceil(together.length / 2);
      await commit(together.slice(0, half));
      await commit(together.slice(half));
    }
  };
  for (const together of boundedBySize(results)) await commit(together);
  return outcomes;
}

/** The ids of the subscriptions that were as they had been read. */
function commitTogether(
  { mongo, subscriptions, bills, due, marks }: CommitParts,
  organisationId: OrganisationId,
  results: readonly BillResult[],
  dueOf: DueOf,
): Promise<ReadonlySet<string>> {
  const steps = results.map(({ claim, after }) => ({ read: claim.subscription, after }));
  return inTransaction(mongo, async (session) => {
    // The compare-and-set comes first, so that whoever is late writes nothing.
    const going = await subscriptions.advance(organisationId, steps, session);
    const written = results.filter(({ claim }) => going.has(claim.subscription.id));
    if (written.length === 0) return going;
    const made = written.flatMap(({ bill }) => (bill === undefined ? [] : [bill]));
    if (made.length > 0) await bills.insert(organisationId, made, session);
    await addToOutbox(mongo.db, session, ...written.flatMap(({ messages }) => messages));
    const looked = written.flatMap(({ claim: { subscription }, mark }) =>
      mark === undefined ? [] : [[subscription.id, mark] as const],
    );
    await marks.clear(organisationId, new Map(looked), session);
    const ids = written.map(({ claim }) => claim.subscription.id);
    const left = await marks.findMany(organisationId, ids, session);
    const times = written.map(({ claim: { subscription }, next, graceMs }) => {
      const moment = next(left.get(subscription.id));
      return { id: subscription.id, times: moment && dueOf(moment, graceMs) };
    });
    await due.set(organisationId, times, session);
    return going;
  });
}

function boundedBySize(results: readonly BillResult[]): BillResult[][] {
  const groups: BillResult[][] = [];
  let bytes = 0;
  for (const result of results) {
    const size = result.messages.reduce((sum, { data }) => sum + data.byteLength, 0);
    const group = groups.at(-1);
    if (group === undefined || bytes + size > BYTES_MAX) {
      groups.push([result]);
      bytes = 0;
    } else group.push(result);
    bytes += size;
  }
  return groups;
}
