import { stale } from '@billingrails/errors';
import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import type { Present } from '../../clocks/store/clocks';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import { cyclePeriod, type Subscription } from '../../subscriptions/domain/subscription';
import { rulesOf } from '../../settings/use-cases/rules-of';
import { existing } from '../../subscriptions/use-cases/existing';
import { isFailure } from '../../usage/attempt';
import type { BillingRules } from '../../late/domain/adjustment';
import type { Agreement } from '../domain/agreement';
import type { Moment } from '../domain/moments';
import { dueOfBill, type Bill } from '../domain/posted-bill';
import { chosenAccounts, chosenCycles } from './chosen';
import type { Chosen } from '../contract/scope';
import { namedBill, nextAfter, type BillResult, type MadeBill } from './bill-result';
import { commitBills } from './commit-bills';
import { ACCOUNTS_TOGETHER, allEntries, inGroups } from './look-together';
import { agreementFrom, plansOf, type WantedBill } from './prepare-bill';
import { billedTo } from './preview';

/** How far it is, and a bill that corrects what was billed. */
export interface ReRated {
  /** Unset where it only tells how far it is. */
  readonly bill?: Bill;
  /** Accounts that have been looked at. */
  readonly accountCount: number;
  readonly complete: boolean;
}

/** The latest that a date can be. */
const LATEST_MS = 8.64e15;
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
  const all = chosenAccounts(parts, organisationId, chosen);
  const looking = { organisationId, chosen, waitForAcknowledged: commit, signal };
  for await (const together of inGroups(all, ACCOUNTS_TOGETHER)) {
    signal.throwIfAborted();
    const found = await differences(
      parts,
      looking,
      together.flatMap(({ subscriptions }) => subscriptions),
    );
    for (const { subscriptions } of together) {
      for (const subscription of subscriptions) {
        const { id } = subscription;
        const first = found.get(id);
        const bill = commit && first ? await corrected(parts, looking, first) : first?.made.bill;
        if (commit) await forgetMissed(parts, organisationId, subscription, chosen);
        if (bill !== undefined) yield { bill, accountCount, complete: false };
      }
      accountCount += 1;
    }
    yield { accountCount, complete: false };
  }
  yield { accountCount, complete: true };
}

/** What of subscriptions is looked at. */
export interface Looking {
  readonly organisationId: OrganisationId;
  readonly chosen: Chosen;
  readonly waitForAcknowledged: boolean;
  readonly signal: AbortSignal;
}

/** Bills the difference of one subscription; undefined where by then there is none. */
async function corrected(
  parts: SubscriptionParts,
  looking: Looking,
  first: Difference,
): Promise<Bill | undefined> {
  const { organisationId } = looking;
  let found: Difference | undefined = first;
  for (let attempt = 0; attempt < ATTEMPTS && found !== undefined; attempt += 1) {
    const { subscription, made, present } = found;
    const results = [resultOf(found)];
    const due = dueOf(present.clock, parts.settleMs);
    const [outcome] = (await commitBills(parts, organisationId, results, due)).values();
    if (outcome === 'billed') return made.bill;
    if (isFailure(outcome)) throw outcome.failure;
    const again = await existing(parts, organisationId, subscription.id);
    found = (await differences(parts, looking, [again])).get(again.id);
  }
  if (found === undefined) return undefined;
  throw stale('WRITE_CONFLICT', 'The subscription is being billed or changed. Try again.');
}

/** What was rated again is missed no more. */
async function forgetMissed(
  { missedChanges }: SubscriptionParts,
  organisationId: OrganisationId,
  subscription: Subscription,
  chosen: Chosen,
): Promise<void> {
  const cycles = chosenCycles(subscription, chosen);
  if (cycles === undefined) return;
  const { firstCycle, lastCycle } = cycles;
  const { startMs } = cyclePeriod(subscription, firstCycle);
  const endMs = lastCycle === undefined ? LATEST_MS : cyclePeriod(subscription, lastCycle).endMs;
  await missedChanges.clear(organisationId, subscription.id, { startMs, endMs });
}

/** What is written: what falls due next stays as it is, as only what was billed before is put right. */
function resultOf({
  subscription,
  agreement,
  made,
  moment,
  present,
  rules,
}: Difference): BillResult {
  const { organisationId } = agreement;
  const after = billedTo(subscription, moment, true);
  return {
    claim: { organisationId, subscription, attempts: 1, atMs: present.nowMs },
    made,
    after,
    ...nextAfter(agreement, after, rules, moment, {
      clock: present.clock,
      presentMs: present.nowMs,
    }),
    graceMs: rules.graceMs,
    // Other cycles than the chosen ones may have changed as well: the next bill looks at them.
    mark: undefined,
  };
}

/** A bill that would put right what was billed. */
export interface Difference {
  readonly subscription: Subscription;
  readonly agreement: Agreement;
  readonly made: MadeBill;
  readonly moment: Moment;
  readonly present: Present;
  readonly rules: BillingRules;
}

/** What of the chosen cycles has been billed and is something else now, as a bill of the present, by subscription. */
export async function differences(
  parts: SubscriptionParts,
  { organisationId, chosen, waitForAcknowledged, signal }: Looking,
  subscriptions: readonly Subscription[],
): Promise<Map<SubscriptionId, Difference>> {
  const plans = await plansOf(parts, organisationId, subscriptions);
  const rulesFor = await rulesOf(parts, organisationId, subscriptions);
  const presentFor = await parts.clocks.presentsOf(
    organisationId,
    subscriptions.map(({ accountId }) => accountId),
  );
  const momentOf = ({ accountId }: Subscription) => {
    const { nowMs } = presentFor(accountId);
    return { ms: nowMs, closes: false, adjusts: true };
  };
  const wanted = subscriptions.flatMap((subscription): WantedBill[] => {
    const cycles = chosenCycles(subscription, chosen);
    const { untilMs } = subscription.billed;
    if (cycles === undefined || untilMs === undefined) return [];
    const agreement = agreementFrom(plans, organisationId, subscription);
    // As far as it was billed: what is due since is for the next bill.
    const horizon = { untilMs, graceMs: rulesFor(subscription).graceMs };
    const dueMs = dueOfBill(subscription, momentOf(subscription));
    return [{ agreement, subscription, horizon, cycles, dueMs, attempts: 1 }];
  });
  const asking = { waitForAcknowledged, signal };
  const all = await allEntries(parts, organisationId, wanted, asking);
  const accountIds = wanted.map(({ subscription }) => subscription.accountId);
  const payers = await parts.accounts.withPayers(organisationId, accountIds);
  const found = new Map<SubscriptionId, Difference>();
  for (const [index, { agreement, subscription }] of wanted.entries()) {
    const entries = all[index] ?? [];
    if (entries.length === 0) continue;
    const present = presentFor(subscription.accountId);
    const { nowMs } = present;
    const moment = momentOf(subscription);
    const made = namedBill(agreement, payers, { subscription, moment, entries, closeMs: nowMs });
    const rules = rulesFor(subscription);
    found.set(subscription.id, { subscription, agreement, made, moment, present, rules });
  }
  return found;
}
