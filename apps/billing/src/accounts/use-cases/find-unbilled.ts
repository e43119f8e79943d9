import type { OrganisationId } from '@billingrails/ids';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import type { EventAccount, EventAccounts } from '../../usage/event-accounts';
import { mayBeUnbilled, unbilledReason, type UnbilledReason } from '../domain/unbilled';
import type { AccountStore } from '../store/accounts';

/** What finding unbilled accounts needs. */
export interface UnbilledParts {
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
  readonly eventAccounts: EventAccounts;
}

/** An account with events that nobody is billed for. */
export interface Unbilled extends EventAccount {
  readonly reason: UnbilledReason;
}

/** Those of accounts that events name whom nobody is billed for, in the order given. */
export async function unbilledOf(
  { accounts, subscriptions, eventAccounts }: UnbilledParts,
  organisationId: OrganisationId,
  accountIds: readonly string[],
  signal?: AbortSignal,
): Promise<Unbilled[]> {
  const [known, lastEnds] = await Promise.all([
    accounts.existing(organisationId, accountIds),
    subscriptions.lastEnds(organisationId, accountIds),
  ]);
  const billingOf = (accountId: string) => ({
    isKnown: known.has(accountId),
    lastEndMs: lastEnds.get(accountId),
  });
  const doubtful = accountIds.filter((accountId) => mayBeUnbilled(billingOf(accountId)));
  const summaries = await eventAccounts.summarize(organisationId, doubtful, signal);
  return summaries.flatMap((account) => {
    const reason = unbilledReason(billingOf(account.accountId), account.lastMs);
    return reason === undefined || account.eventCount === 0n ? [] : [{ ...account, reason }];
  });
}

/** How many accounts are looked at together. */
const ACCOUNTS_AT_ONCE = 500;

/** Accounts for one reason, and their events. */
export interface UnbilledTotal {
  accountCount: bigint;
  eventCount: bigint;
}

/** How many accounts events name, and whom of them nobody is billed for, by reason. */
export interface UnbilledReport {
  readonly accountCount: bigint;
  readonly totals: ReadonlyMap<UnbilledReason, UnbilledTotal>;
}

/** Looks at every account that events name. */
export async function reportUnbilled(
  parts: UnbilledParts,
  organisationId: OrganisationId,
  signal?: AbortSignal,
): Promise<UnbilledReport> {
  const totals = new Map<UnbilledReason, UnbilledTotal>();
  let [accountCount, pageToken] = [0n, ''];
  do {
    signal?.throwIfAborted();
    const page = { pageSize: ACCOUNTS_AT_ONCE, pageToken };
    const listed = await parts.eventAccounts.list(organisationId, page, signal);
    accountCount += BigInt(listed.accountIds.length);
    for (const account of await unbilledOf(parts, organisationId, listed.accountIds, signal)) {
      const { reason, eventCount } = account;
      const total = totals.get(reason) ?? { accountCount: 0n, eventCount: 0n };
      total.accountCount += 1n;
      total.eventCount += eventCount;
      totals.set(reason, total);
    }
    pageToken = listed.nextPageToken;
  } while (pageToken !== '');
  return { accountCount, totals };
}
