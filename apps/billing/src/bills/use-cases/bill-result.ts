import { assert } from '@billingrails/errors';
import type { Period } from '@billingrails/time';
import { withAdjustment, type BillingRules, type Mark } from '../../late/domain/adjustment';
import { firstOf, nextLookMs, isWatchedAt, type LookTime } from '../../looks/domain/looks';
import type { Account } from '../../accounts/domain/account';
import { payerOf } from '../../accounts/domain/payer';
import { planKey } from '../../catalogue/domain/plan';
import { otherPlansOf } from '../domain/other-plans';
import type { Claim } from '../../schedule/store/due-doc';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { NamedBill } from '../contract/bill-parts';
import type { Entry } from '../domain/bill';
import { nextMoment, type Moment } from '../domain/moments';
import type { Agreement } from '../domain/agreement';
import { billOf, type BillDraft } from '../domain/posted-bill';
import { progressOf } from './prepare-bill';
import { billedTo } from './preview';

/** A bill, and how it becomes an invoice. */
export interface MadeBill extends NamedBill {
  /**
   * Whether whoever owes it wants bills that fall due together as one invoice. What a threshold bills is one by itself.
   */
  readonly isJoint: boolean;
}

/** Accounts, with those that pay for them. */
export type Payers = ReadonlyMap<string, Account>;

/** What is written of a claimed subscription, all or nothing. */
export interface BillResult {
  readonly claim: Claim;
  /** Unset where nothing was due, or there is nothing to say. */
  readonly made?: MadeBill;
  readonly after: Subscription;
  /** What is due then, with what has changed since; undefined where nothing will be. */
  readonly next: (left: Mark | undefined) => Moment | undefined;
  /** By its clock: a look that it was told of meanwhile falls due then. */
  readonly presentMs: number;
  /** Whether usage of its running cycle is watched. */
  readonly isWatched: boolean;
  /** Of the cycle that is closed next. */
  readonly graceMs: number;
  /** What it has looked at again. */
  readonly mark: Mark | undefined;
  /** In which span of it no bill looks any more. Unset: in none. */
  readonly missed?: Period;
}

/** What was computed for a moment, and when by the organisation's clock. */
export interface ComputedBill {
  readonly moment: Moment;
  readonly entries: readonly Entry[];
  readonly closeMs: number;
  /** What has changed of usage that was billed, as it was read before. */
  readonly mark: Mark | undefined;
  /** In which span of it no bill looks any more. Unset: in none. */
  readonly missed?: Period;
}

/** What is due of a subscription after a moment, by what has changed of its usage. */
export function nextAfter(
  agreement: Agreement,
  after: Subscription,
  rules: BillingRules,
  { ms, looks = false }: Pick<Moment, 'ms' | 'looks'>,
  time: LookTime,
): Pick<BillResult, 'next' | 'isWatched' | 'presentMs'> {
  const progress = progressOf(after);
  const isWatched = isWatchedAt(agreement, rules, ms);
  // What falls due together with a look comes before it.
  const lookMs = isWatched ? nextLookMs(looks ? ms : ms - 1, time) : undefined;
  const next = (left: Mark | undefined) => {
    const moved = withAdjustment(agreement, progress, left, rules);
    return firstOf(nextMoment(agreement, moved, rules.graceMs), lookMs);
  };
  return { next, isWatched, presentMs: time.presentMs };
}

/** What comes of what was computed: pure. `due` is unset where nothing was due after all. */
export function resultOf(
  claim: Claim,
  agreement: Agreement,
  payers: Payers,
  due: ComputedBill | undefined,
  rules: BillingRules,
  time: LookTime,
): BillResult {
  const { subscription } = claim;
  // A cycle's end is always a bill; in between one is made where there is something to say.
  const isMade = due !== undefined && (due.moment.closes || due.entries.length > 0);
  const made = isMade ? namedBill(agreement, payers, { ...due, subscription }) : undefined;
  const after = due === undefined ? subscription : billedTo(subscription, due.moment, isMade);
  const past = due?.moment ?? { ms: time.presentMs, looks: true };
  return {
    ...{ claim, ...(made && { made }), after, graceMs: rules.graceMs, mark: due?.mark },
    ...nextAfter(agreement, after, rules, past, time),
    ...(due?.missed === undefined ? {} : { missed: due.missed }),
  };
}

/** A bill with whoever owes it, and the names of all. */
export function namedBill(
  agreement: Agreement,
  payers: Payers,
  draft: Omit<BillDraft, 'agreement' | 'payerId'>,
): MadeBill {
  const account = payers.get(draft.subscription.accountId);
  assert(account !== undefined, 'a subscription has its account');
  const payer = payerOf(account, payers);
  const bill = billOf({ agreement, ...draft, payerId: payer.id });
  const plan = agreement.plans.get(planKey(bill));
  assert(plan !== undefined, 'a subscription has its plan');
  const names = { accountName: account.name, planName: plan.name, payerAccountName: payer.name };
  const isTest = account.isTest ?? false;
  const isJoint = payer.invoiceGrouping === 'joint' && draft.moment.looks !== true;
  const otherPlans = otherPlansOf(agreement, bill);
  return { bill, names, ...(otherPlans && { otherPlans }), isTest, isJoint };
}
