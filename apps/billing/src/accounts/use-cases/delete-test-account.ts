import { notFound, precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { ClockStore } from '../../clocks/store/clocks';
import type { DueStore } from '../../schedule/store/due';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { accountDeleted } from '../contract/account-deleted';
import type { AccountStore } from '../store/accounts';
import { deleteTraces } from '../store/test-account-traces';

/** What deleting needs. */
export interface DeleteParts {
  readonly mongo: Mongo;
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
  readonly due: DueStore;
  readonly clocks: ClockStore;
}

/**
 * Takes a test account away, with its subscriptions, its clock and what is due of it: from then on nothing is made of
 * it any more, so that all bills that there are were committed before. What is left is deleted by `finishDeletion`.
 * Does nothing for one that was deleted. Throws a DomainError not_found, or precondition for one that is no test
 * account.
 */
export async function deleteTestAccount(
  { mongo, accounts, subscriptions, due, clocks }: DeleteParts,
  session: ClientSession,
  organisationId: OrganisationId,
  accountId: AccountId,
  nowMs: number,
): Promise<void> {
  const account = await accounts.findAny(organisationId, accountId, session);
  if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (account.isTest !== true)
    throw precondition('ACCOUNT_NOT_TEST', 'Only a test account can be deleted.');
  if (account.deleteMs !== undefined) return;
  const subscribed = await subscriptions.ofAccount(organisationId, accountId, session);
  const ids = subscribed.map(({ id }) => id);
  await accounts.beginDeletion(organisationId, accountId, { nowMs, subscriptionIds: ids }, session);
  await clocks.removeTestClock(organisationId, accountId, session);
  await subscriptions.remove(organisationId, accountId, ids, session);
  const none = ids.map((id) => ({ id, times: undefined }));
  if (none.length > 0) await due.set(organisationId, none, session);
  await addToOutbox(mongo.db, session, accountDeleted(organisationId, accountId));
}

/** Deletes what is left of accounts that are being deleted, of all organisations. It may break off anywhere. */
export async function finishDeletions(
  { mongo, accounts }: Pick<DeleteParts, 'mongo' | 'accounts'>,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const deleted of accounts.beingDeleted()) {
    if (signal.aborted) return count;
    await deleteTraces(mongo.db, deleted);
    await accounts.endDeletion(deleted);
    count += 1;
  }
  return count;
}
