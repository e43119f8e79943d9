import { stale, unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Present } from '../../clocks/store/clocks';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { existing } from '../../subscriptions/use-cases/existing';
import { isFailure } from '../../usage/attempt';
import type { Agreement } from '../domain/agreement';
import { billOf, type Bill } from '../domain/posted-bill';
import { chosenAccounts, chosenCycles, type Chosen } from './chosen';
import { messagesOf, nextAfter, type BillResult } from './bill-result';
import { commitBills } from './commit-bills';
import { agreementOf, prepareBill } from './prepare-bill';

/** How far it is, and a bill that corrects what was billed. */
export interface ReRated {
  /** Unset where it only tells how far it is. */
  readonly bill?: Bill;
  /** Accounts that have been looked at. */
  readonly accountCount: number;
  readonly complete: boolean;
}

/** After so many accounts it is told how far it is, also where nothing was different. */
const ACCOUNTS_A_WORD = 100;
/** A subscription that is billed or changed at the same time is read again so often. */
const ATTEMPTS = 5;

/**
 * Rates again what was billed for the chosen subscriptions and cycles, by all that is known now. With `commit` the
 * differences are billed, each subscription's by itself; without, nothing is written. Done again it finds nothing.
 */
export async function* reRate(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  chosen: Chosen,
  commit: boolean,
  signal: AbortSignal,
): AsyncGenerator<ReRated> {
  let accountCount = 0;
  for await (const { subscriptions } of chosenAccounts(parts, organisationId, chosen)) {
    for (const subscription of subscriptions) {
      signal.throwIfAborted();
      const one = { organisationId, subscription, chosen, signal };
      const bill = commit
        ? await corrected(parts, one)
        : (await difference(parts, one, false))?.bill;
      if (bill !== undefined) yield { bill, accountCount, complete: false };
    }
    accountCount += 1;
    if (accountCount % ACCOUNTS_A_WORD === 0) yield { accountCount, complete: false };
  }
  yield { accountCount, complete: true };
}

interface One {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  readonly chosen: Chosen;
  readonly signal: AbortSignal;
}

/** Bills the difference of one subscription; undefined where there is none. */
async function corrected(parts: SubscriptionParts, one: One): Promise<Bill | undefined> {
  const { organisationId } = one;
  let { subscription } = one;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = await difference(parts, { ...one, subscription }, true);
    if (found === undefined) return undefined;
    const { bill, present } = found;
    const results = [await resultOf(parts, subscription, found)];
    const due = dueOf(present.clock, parts.settleMs, parts.graceMs);
    const [outcome] = (await commitBills(parts, organisationId, results, due)).values();
    if (outcome === 'billed') return bill;
    if (isFailure(outcome)) throw outcome.failure;
    subscription = await existing(parts, organisationId, subscription.id);
  }
  throw stale('WRITE_CONFLICT', 'The subscription is being billed or changed. Try again.');
}

/** What is written: what falls due next stays as it is, as only what was billed before is put right. */
async function resultOf(
  parts: SubscriptionParts,
  subscription: Subscription,
  { agreement, bill, present }: Difference,
): Promise<BillResult> {
  const { organisationId } = agreement;
  const { billed, accountId } = subscription;
  const after = { ...subscription, billed: { ...billed, bills: billed.bills + 1 } };
  const account = await parts.accounts.find(organisationId, accountId);
  return {
    claim: { organisationId, subscription, attempts: 1, atMs: present.nowMs },
    bill,
    messages: messagesOf(agreement, account, bill),
    after,
    next: nextAfter(agreement, after, parts),
    // Other cycles than the chosen ones may have changed as well: the next bill looks at them.
    mark: undefined,
  };
}

interface Difference {
  readonly agreement: Agreement;
  readonly bill: Bill;
  readonly present: Present;
}

/** What of the chosen cycles has been billed and is something else now, as a bill of the present. */
async function difference(
  parts: SubscriptionParts,
  { organisationId, subscription, chosen, signal }: One,
  waitForAcknowledged: boolean,
): Promise<Difference | undefined> {
  const cycles = chosenCycles(subscription, chosen);
  const { untilMs } = subscription.billed;
  if (cycles === undefined || untilMs === undefined) return undefined;
  const agreement = await agreementOf(parts, organisationId, subscription);
  const present = await parts.clocks.present(organisationId);
  // As far as it was billed: what is due since is for the next bill.
  const horizon = { untilMs, graceMs: parts.graceMs };
  const asking = { waitForAcknowledged, signal };
  const entries = await prepareBill(parts, agreement, subscription, horizon, asking, { cycles });
  if (entries === undefined)
    throw unavailable('USAGE_PARTIAL', 'Usage is still being counted.', 5000);
  if (entries.length === 0) return undefined;
  const { nowMs } = present;
  const moment = { ms: nowMs, closes: false };
  const bill = billOf({ agreement, subscription, moment, entries, closeMs: nowMs });
  return { agreement, bill, present };
}
