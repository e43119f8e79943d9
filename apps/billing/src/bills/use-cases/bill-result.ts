import { assert } from '@billingrails/errors';
import type { OutboxMessage } from '@billingrails/mongo';
import { withAdjustment, type BillingRules, type Mark } from '../../late/domain/adjustment';
import type { Account } from '../../accounts/domain/account';
import { planKey } from '../../catalogue/domain/plan';
import type { Claim } from '../../schedule/store/due';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { billPartBytes } from '../contract/bill-parts';
import type { Entry } from '../domain/bill';
import { nextMoment, type Moment } from '../domain/moments';
import type { Agreement } from '../domain/agreement';
import { billOf, type Bill } from '../domain/posted-bill';
import { progressOf } from './prepare-bill';
import { billedTo } from './preview';

/** The subject that bills travel on. */
export const BILL_POSTED_SUBJECT = 'billing.bill_posted';

/** What is written of a claimed subscription, all or nothing. */
export interface BillResult {
  readonly claim: Claim;
  /** Unset where nothing was due, or there is nothing to say. */
  readonly bill: Bill | undefined;
  readonly messages: readonly OutboxMessage[];
  readonly after: Subscription;
  /** What is due then, with what has changed since; undefined where nothing will be. */
  readonly next: (left: Mark | undefined) => Moment | undefined;
  /** Of the cycle that is closed next. */
  readonly graceMs: number;
  /** What it has looked at again. */
  readonly mark: Mark | undefined;
}

/** What was computed for a moment, and when by the organisation's clock. */
export interface ComputedBill {
  readonly moment: Moment;
  readonly entries: readonly Entry[];
  readonly closeMs: number;
  /** What has changed of usage that was billed, as it was read before. */
  readonly mark: Mark | undefined;
}

/** What is due of a subscription, by what has changed of its usage. */
export function nextAfter(
  agreement: Agreement,
  after: Subscription,
  rules: BillingRules,
): BillResult['next'] {
  const progress = progressOf(after);
  return (left) =>
    nextMoment(agreement, withAdjustment(agreement, progress, left, rules), rules.graceMs);
}

/** What comes of what was computed: pure. `due` is unset where nothing was due after all. */
export function resultOf(
  claim: Claim,
  agreement: Agreement,
  account: Account | undefined,
  due: ComputedBill | undefined,
  rules: BillingRules,
): BillResult {
  const { subscription } = claim;
  // A cycle's end is always a bill; in between one is made where there is something to say.
  const isMade = due !== undefined && (due.moment.closes || due.entries.length > 0);
  const bill = isMade ? billOf({ agreement, subscription, ...due }) : undefined;
  const after = due === undefined ? subscription : billedTo(subscription, due.moment, isMade);
  const next = nextAfter(agreement, after, rules);
  const messages = bill === undefined ? [] : messagesOf(agreement, account, bill);
  return { claim, bill, messages, after, next, graceMs: rules.graceMs, mark: due?.mark };
}

/** The messages that a bill travels in. */
export function messagesOf(
  { organisationId, plans }: Agreement,
  account: Account | undefined,
  bill: Bill,
): OutboxMessage[] {
  const plan = plans.get(planKey(bill));
  assert(plan !== undefined && account !== undefined, 'a subscription has its plan and account');
  const names = { accountName: account.name, planName: plan.name };
  const parts = billPartBytes(organisationId, bill, names);
  return parts.map((data, part) => ({
    id: parts.length === 1 ? bill.id : `${bill.id}/${part}`,
    subject: BILL_POSTED_SUBJECT,
    data,
  }));
}
