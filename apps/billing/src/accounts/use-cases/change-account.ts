import { notFound } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { DueStore } from '../../schedule/store/due';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { Account } from '../domain/account';
import { changedAccount, checkParent, type AccountChange } from '../domain/change-account';
import { ACCOUNT_LEVELS_MAX, payerOf } from '../domain/payer';
import type { AccountStore } from '../store/accounts';

/** What changing accounts needs. */
export interface AccountParts {
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
  readonly due: DueStore;
}

/** Keeps a new account. Throws a DomainError invalid where it cannot have its parent. */
export async function addAccount(
  parts: AccountParts,
  session: ClientSession,
  organisationId: OrganisationId,
  account: Account,
): Promise<void> {
  const above = await aboveOf(parts, session, organisationId, account);
  checkParent(account, { above, levelsBelow: 0 });
  await parts.accounts.fence(organisationId, idsOf(above), session);
  await parts.accounts.insert(organisationId, account, session);
}

/** Lets an account become what is asked. Bills that are made from then on are owed by whoever pays for it then. */
export async function changeAccount(
  parts: AccountParts,
  session: ClientSession,
  organisationId: OrganisationId,
  accountId: AccountId,
  change: AccountChange,
): Promise<Account> {
  const { accounts } = parts;
  const read = await accounts.find(organisationId, accountId, session);
  if (read === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  const account = changedAccount(read, change);
  const levels = await below(parts, session, organisationId, accountId);
  if (account.parentId !== read.parentId) {
    const above = await aboveOf(parts, session, organisationId, account);
    checkParent(account, { above, levelsBelow: levels.length });
    // Of two changes that would make a circle, or too many levels, only one goes through.
    await accounts.fence(organisationId, idsOf(above), session);
  }
  await accounts.update(organisationId, account, session);
  const isPaidOtherwise =
    account.parentId !== read.parentId ||
    account.billedTo !== read.billedTo ||
    account.invoiceGrouping !== read.invoiceGrouping;
  if (isPaidOtherwise) await payOtherwise(parts, session, organisationId, account, levels.flat());
  return account;
}

/** What is due of the account, and of those below it that it pays for, is owed by whoever pays for it now. */
async function payOtherwise(
  { accounts, subscriptions, due }: AccountParts,
  session: ClientSession,
  organisationId: OrganisationId,
  account: Account,
  others: readonly Account[],
): Promise<void> {
  const all = await accounts.withPayers(
    organisationId,
    [account, ...others].map(({ id }) => id),
    session,
  );
  await accounts.fence(organisationId, idsOf(others), session);
  for (const each of [account, ...others]) {
    const payer = payerOf(each, all);
    const payerId = payer.invoiceGrouping === 'joint' ? payer.id : undefined;
    const subscribed = await subscriptions.ofAccount(organisationId, each.id, session);
    const ids = subscribed.map(({ id }) => id);
    await due.setPayer(organisationId, ids, payerId, session);
  }
}

/** The parent of an account, and what is above it, upwards, as far as there may be accounts above each other. */
async function aboveOf(
  { accounts }: AccountParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { parentId }: Account,
): Promise<Account[]> {
  const above: Account[] = [];
  for (let id = parentId; id !== undefined && above.length <= ACCOUNT_LEVELS_MAX;) {
    const parent = await accounts.find(organisationId, id, session);
    if (parent === undefined) return above;
    above.push(parent);
    id = parent.parentId;
  }
  return above;
}

/** What is below an account, level by level. */
async function below(
  { accounts }: AccountParts,
  session: ClientSession,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<Account[][]> {
  const levels: Account[][] = [];
  for (let ids = [accountId]; ; ids = idsOf(levels.at(-1) ?? [])) {
    const children = await accounts.childrenOf(organisationId, ids, session);
    if (children.length === 0) return levels;
    levels.push(children);
  }
}

function idsOf(accounts: readonly Account[]): AccountId[] {
  return accounts.map(({ id }) => id);
}
