import { notFound } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { AccountStore } from '../../accounts/store/accounts';
import { missing } from '../../subscriptions/domain/refusals/missing';
import { cyclesOf, type Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { Chosen } from '../contract/scope';
import type { CycleRange } from '../domain/obligations';

/** An account and those of its subscriptions that are chosen. */
export interface ChosenAccount {
  readonly accountId: AccountId;
  readonly subscriptions: readonly Subscription[];
}

interface ChosenParts {
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
}

/** Accounts read at a time. */
const ACCOUNTS_A_PAGE = 100;

/** The chosen accounts in the order of their ids. Throws a DomainError not_found for one that is named and missing. */
export async function* chosenAccounts(
  parts: ChosenParts,
  organisationId: OrganisationId,
  { accountIds, subscriptionIds }: Chosen,
): AsyncGenerator<ChosenAccount> {
  const { subscriptions } = parts;
  const named = new Set(subscriptionIds);
  for await (const accountId of chosenIds(parts, organisationId, accountIds, named)) {
    const all = await subscriptions.ofAccount(organisationId, accountId);
    yield {
      accountId,
      subscriptions: named.size === 0 ? all : all.filter(({ id }) => named.has(id)),
    };
  }
}

async function* chosenIds(
  { accounts, subscriptions }: ChosenParts,
  organisationId: OrganisationId,
  accountIds: readonly string[],
  subscriptionIds: ReadonlySet<string>,
): AsyncGenerator<AccountId> {
  const existing = await accounts.existing(organisationId, accountIds);
  if (accountIds.some((id) => !existing.has(id)))
    throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (subscriptionIds.size > 0) {
    const found = new Set<AccountId>();
    for (const id of subscriptionIds) {
      const subscription = await subscriptions.find(organisationId, id);
      if (subscription === undefined) throw missing();
      const { accountId } = subscription;
      if (accountIds.length === 0 || existing.has(accountId)) found.add(accountId);
    }
    yield* [...found].sort();
  } else if (accountIds.length > 0) yield* [...existing].sort() as AccountId[];
  else
    for (let afterId = ''; ;) {
      const page = await accounts.list(organisationId, { afterId, limit: ACCOUNTS_A_PAGE });
      yield* page.map(({ id }) => id);
      const last = page.at(-1);
      if (last === undefined || page.length < ACCOUNTS_A_PAGE) return;
      afterId = last.id;
    }
}

/** The chosen cycles of a subscription; undefined where it has none. */
export function chosenCycles(
  subscription: Subscription,
  { startMs = -Infinity, endMs = Infinity }: Pick<Chosen, 'startMs' | 'endMs'>,
): CycleRange | undefined {
  const cycles = cyclesOf(subscription);
  const firstCycle = startMs <= subscription.startMs ? 0 : (cycles.at(startMs)?.number ?? 0);
  if (endMs === Infinity) return { firstCycle };
  // The cycle that begins at the end is not chosen any more.
  const last = cycles.at(endMs - 1)?.number;
  return last === undefined || last < firstCycle ? undefined : { firstCycle, lastCycle: last };
}
