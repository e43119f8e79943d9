import { derivedId, type BillId, type OrganisationId, type PlanId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import {
  billedPeriod,
  cyclePeriod,
  cyclesOf,
  type Subscription,
} from '../../subscriptions/domain/subscription';
import { termsAt } from '../../subscriptions/domain/terms';
import type { Entry } from './bill';
import type { Moment } from './moments';
import type { Agreement } from './agreement';
import { currencyOf } from './obligations';

/** A bill as it is kept. It never changes. */
export interface Bill {
  readonly id: BillId;
  /** 0 for the subscription's first. */
  readonly number: number;
  readonly subscriptionId: Subscription['id'];
  readonly accountId: Subscription['accountId'];
  /** Who owes it: the account, or the one that paid for it when the bill was made. */
  readonly payerId: Subscription['accountId'];
  /** The plan that was subscribed to when it fell due, and its version. */
  readonly planId: PlanId;
  readonly planVersion: number;
  /** The cycle that it closes, or falls due in. */
  readonly cycle: number;
  readonly period: Period;
  /** IANA name of the zone the cycle was counted in. */
  readonly timeZone: string;
  readonly currencyCode: string;
  /** What it posts in the ledger, in the order of its lines. */
  readonly entries: readonly Entry[];
  /** When it fell due, by the organisation's clock: the date of what is made of it, whenever it was made. */
  readonly dueMs: number;
  /** When it was made, by the organisation's clock. */
  readonly closeMs: number;
}

/** What a bill is put together from. */
export interface BillDraft {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  /** Unset: the subscription's account. */
  readonly payerId?: Subscription['accountId'];
  readonly moment: Moment;
  readonly entries: readonly Entry[];
  /** The organisation's present. */
  readonly closeMs: number;
}

/** Puts a bill together. */
export function billOf(draft: BillDraft): Bill {
  const { agreement, subscription, moment, entries, closeMs } = draft;
  const { organisationId, facts } = agreement;
  const { id: subscriptionId, accountId, timeZone, billed } = subscription;
  const held = cyclesOf(subscription).at(moment.ms)?.number ?? 0;
  const cycle = moment.closes ? subscription.cycle : Math.max(held, 0);
  const period = billedPeriod(subscription, cycle) ?? cyclePeriod(subscription, cycle);
  // At an end nothing is agreed any more: what ended is what counts.
  const lastMs = Math.min(moment.ms, period.endMs - 1);
  const { planId, planVersion } =
    termsAt(facts, lastMs) ?? termsAt(facts, period.startMs) ?? subscription;
  return {
    id: billIdOf(organisationId, subscriptionId, billed.bills),
    number: billed.bills,
    subscriptionId,
    accountId,
    payerId: draft.payerId ?? accountId,
    ...{ planId, planVersion },
    cycle,
    period,
    timeZone,
    currencyCode: currencyOf(agreement),
    entries,
    dueMs: dueOfBill(subscription, moment),
    closeMs,
  };
}

/**
 * When a bill falls due by the organisation's clock: a cycle when it ends, though it is billed only after a grace;
 * never before the subscription was created.
 */
export function dueOfBill(subscription: Subscription, { ms, closes }: Moment): number {
  const { cycle, createMs } = subscription;
  if (!closes) return Math.max(ms, createMs);
  const period = billedPeriod(subscription, cycle) ?? cyclePeriod(subscription, cycle);
  return Math.max(period.endMs, createMs);
}

/** The id of a subscription's bill of that number. */
export function billIdOf(
  organisationId: OrganisationId,
  subscriptionId: Subscription['id'],
  number: number,
): BillId {
  return derivedId('bill', organisationId, subscriptionId, String(number));
}
