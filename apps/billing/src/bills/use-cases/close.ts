import { assert } from '@billingrails/errors';
import { addToOutbox, inTransaction, type Mongo } from '@billingrails/mongo';
import type { AccountStore } from '../../accounts/store/accounts';
import type { DueOf } from '../../schedule/domain/due-of';
import type { Claim, DueStore } from '../../schedule/store/due';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { billPartBytes } from '../contract/bill-parts';
import { nextMoment, type Moment } from '../domain/moments';
import type { Agreement } from '../domain/obligations';
import { billOf, type Bill } from '../domain/posted-bill';
import type { BillStore } from '../store/bills';
import { billedTo } from './preview';
import { agreementOf, prepareBill, progressOf, type PrepareParts } from './prepare-bill';

/** The subject that bills travel on. */
export const BILL_POSTED_SUBJECT = 'billing.bill_posted';

/**
 * billed: the bill, if there is one, its messages and the subscription's progress are committed. overtaken: another
 * replica had billed, or the subscription changed; nothing was written. partial: metering still counts events from
 * before a profile; nothing was written.
 */
export type CloseOutcome = 'billed' | 'overtaken' | 'partial';

/** What billing a subscription needs. */
export interface CloseParts extends PrepareParts {
  readonly mongo: Mongo;
  readonly accounts: AccountStore;
  readonly subscriptions: SubscriptionStore;
  readonly bills: BillStore;
  readonly due: DueStore;
  /** How long usage may still arrive after its cycle has ended. */
  readonly graceMs: number;
}

/** When a claim is worked on, by the organisation's clock, and from when its next moment is due in real time. */
export interface CloseTimes {
  readonly closeMs: number;
  readonly dueOf: DueOf;
}

/**
 * Bills what fell due first of the claimed subscription: asks metering for every acknowledged event's usage, computes
 * the difference to what was billed, and commits once. Throws a DomainError of kind unavailable when metering or the
 * database cannot be reached; nothing is written then.
 */
export async function close(
  parts: CloseParts,
  { organisationId, subscription }: Claim,
  times: CloseTimes,
  signal?: AbortSignal,
): Promise<CloseOutcome> {
  const agreement = await agreementOf(parts, organisationId, subscription);
  const moment = nextMoment(agreement, progressOf(subscription), parts.graceMs);
  if (moment === undefined || moment.ms > times.closeMs)
    return (await commit(parts, agreement, subscription, undefined, times))
      ? 'billed'
      : 'overtaken';
  const entries = await prepareBill(
    parts,
    agreement,
    subscription,
    { untilMs: moment.ms, graceMs: parts.graceMs },
    { waitForAcknowledged: true, ...(signal === undefined ? {} : { signal }) },
  );
  if (entries === undefined) return 'partial';
  const { closeMs } = times;
  const bill = billOf({ agreement, subscription, moment, entries, closeMs });
  const committed = await commit(parts, agreement, subscription, { moment, bill }, times);
  return committed ? 'billed' : 'overtaken';
}

/** A bill, and the moment that it is for. */
interface Done {
  readonly moment: Moment;
  readonly bill: Bill;
}

/**
 * Writes bill, ledger, messages, progress and schedule, all or nothing. False: the subscription is not as it was read.
 */
async function commit(
  parts: CloseParts,
  agreement: Agreement,
  subscription: Subscription,
  done: Done | undefined,
  { dueOf }: CloseTimes,
): Promise<boolean> {
  const { mongo, subscriptions, bills, due, graceMs } = parts;
  const { organisationId } = agreement;
  // A cycle's end is always a bill; in between one is made where there is something to say.
  const made = done !== undefined && (done.moment.closes || done.bill.entries.length > 0);
  const after = done === undefined ? subscription : billedTo(subscription, done.moment, made);
  const next = nextMoment(agreement, progressOf(after), graceMs);
  const messages = made ? await messagesOf(parts, agreement, done.bill) : [];
  return inTransaction(mongo, async (session) => {
    // The compare-and-set comes first, so that whoever is late writes nothing.
    if (!(await subscriptions.advance(organisationId, subscription, after, session))) return false;
    if (made) await bills.insert(organisationId, done.bill, session);
    for (const [part, data] of messages.entries()) {
      const id = messages.length === 1 ? done?.bill.id : `${done?.bill.id}/${part}`;
      assert(id !== undefined, 'messages are of a bill');
      await addToOutbox(mongo.db, session, { id, subject: BILL_POSTED_SUBJECT, data });
    }
    await due.set(organisationId, subscription.id, next && dueOf(next), session);
    return true;
  });
}

async function messagesOf(
  { accounts }: CloseParts,
  { organisationId, plans }: Agreement,
  bill: Bill,
): Promise<Uint8Array[]> {
  const plan = plans.get(bill.planId);
  const account = await accounts.find(organisationId, bill.accountId);
  assert(plan !== undefined && account !== undefined, 'a subscription has its plan and account');
  const names = { accountName: account.name, planName: plan.name };
  return billPartBytes(organisationId, bill, names);
}
