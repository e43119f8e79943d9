import type { AccountId, OrganisationId, PlanId, SubscriptionId } from '@billingrails/ids';
import { dateOf, msOf } from '@billingrails/mongo';
import { decimal, decimalText } from '@billingrails/money';
import type { CycleAnchor, CycleRule } from '@billingrails/time';
import {
  commitmentFromDoc,
  commitmentToDoc,
  type CommitmentDoc,
} from '../../catalogue/store/commitment-doc';
import { feeFromDoc, feeToDoc, type FeeDoc } from '../../catalogue/store/fee-doc';
import { keyOf, type Key } from '../../store/resource-collection';
import { planRefsOf, type Proration } from '../domain/fact';
import { factsOf } from '../domain/facts-of';
import type { BilledSoFar, Subscription } from '../domain/subscription';
import { discountFromDoc, discountToDoc, type DiscountDoc } from './discount-doc';
import { factFromDoc, factToDoc, type FactDoc } from './fact-doc';

/** A subscription as it is kept. */
export interface SubscriptionDoc {
  _id: Key;
  accountId: string;
  planId: string;
  planVersion: number;
  currencyCode: string;
  /** All plans that it ever had, or will have: found by them. */
  planIds: string[];
  startTime: Date;
  timeZone: string;
  cycleRule: CycleRuleDoc;
  firstProration: Proration;
  quantity: string;
  commitment?: CommitmentDoc;
  discounts?: DiscountDoc[];
  fees: FeeDoc[];
  changes: FactDoc[];
  cycle: number;
  createTime: Date;
  accountClock?: true;
  /** When it ends, and when that was asked for; see Subscription. */
  endTime?: Date;
  cancelTime?: Date;
  billed: BilledDoc;
}

/** How cycles are counted, in a document. */
export type CycleRuleDoc = Omit<CycleRule, 'anchor'> & {
  anchor: Exclude<CycleAnchor, { kind: 'instant' }> | { kind: 'instant'; time: Date };
};

/** How far a subscription has been billed, in its document. */
interface BilledDoc {
  untilTime?: Date;
  changes: number;
  bills: number;
}

type End = Pick<Subscription, 'endMs' | 'cancelMs'>;

interface EndDoc {
  endTime?: Date;
  cancelTime?: Date;
}

export function subscriptionToDoc(
  organisationId: OrganisationId,
  subscription: Subscription,
): SubscriptionDoc {
  const { id, accountId, planId, planVersion, startMs, timeZone, cycle, createMs } = subscription;
  const { cycleRule, firstProration, commitment, discounts, currencyCode } = subscription;
  return {
    _id: keyOf(organisationId, id),
    planIds: planIdsOf(subscription),
    ...{ accountId, planId, planVersion, currencyCode, timeZone, firstProration, cycle },
    ...{ startTime: dateOf(startMs), createTime: dateOf(createMs) },
    cycleRule: cycleRuleToDoc(cycleRule),
    quantity: decimalText(subscription.quantity),
    ...(commitment === undefined ? {} : { commitment: commitmentToDoc(commitment) }),
    ...(discounts === undefined ? {} : { discounts: discounts.map(discountToDoc) }),
    fees: subscription.fees.map(feeToDoc),
    changes: subscription.changes.map(factToDoc),
    ...(subscription.accountClock === true ? { accountClock: true } : {}),
    ...endToDoc(subscription),
    billed: billedToDoc(subscription.billed),
  };
}

export function subscriptionFromDoc(doc: SubscriptionDoc): Subscription {
  const { _id, startTime, timeZone, cycleRule, firstProration, cycle, createTime, billed } = doc;
  return {
    id: _id.id as SubscriptionId,
    accountId: doc.accountId as AccountId,
    planId: doc.planId as PlanId,
    planVersion: doc.planVersion,
    currencyCode: doc.currencyCode,
    ...{ startMs: msOf(startTime), timeZone, firstProration, cycle, createMs: msOf(createTime) },
    cycleRule: cycleRuleFromDoc(cycleRule),
    billed: billedFromDoc(billed),
    quantity: decimal(doc.quantity),
    ...(doc.commitment === undefined ? {} : { commitment: commitmentFromDoc(doc.commitment) }),
    ...(doc.discounts === undefined ? {} : { discounts: doc.discounts.map(discountFromDoc) }),
    fees: doc.fees.map(feeFromDoc),
    changes: doc.changes.map(factFromDoc),
    ...(doc.accountClock === true ? { accountClock: true } : {}),
    ...endFromDoc(doc),
  };
}

/** All plans that it ever had, or will have. */
export function planIdsOf(subscription: Subscription): PlanId[] {
  return [...new Set(planRefsOf(factsOf(subscription)).map(({ planId }) => planId))];
}

export function cycleRuleToDoc({ anchor, ...rule }: CycleRule): CycleRuleDoc {
  if (anchor.kind !== 'instant') return { ...rule, anchor };
  return { ...rule, anchor: { kind: 'instant', time: dateOf(anchor.ms) } };
}

export function cycleRuleFromDoc({ anchor, ...rule }: CycleRuleDoc): CycleRule {
  if (anchor.kind !== 'instant') return { ...rule, anchor };
  return { ...rule, anchor: { kind: 'instant', ms: msOf(anchor.time) } };
}

export function billedToDoc({ untilMs, changes, bills }: BilledSoFar): BilledDoc {
  return { ...(untilMs === undefined ? {} : { untilTime: dateOf(untilMs) }), changes, bills };
}

export function billedFromDoc({ untilTime, changes, bills }: BilledDoc): BilledSoFar {
  return { ...(untilTime === undefined ? {} : { untilMs: msOf(untilTime) }), changes, bills };
}

/** The fields that only a subscription with an end has. */
export function endToDoc({ endMs, cancelMs }: End): EndDoc {
  return {
    ...(endMs === undefined ? {} : { endTime: dateOf(endMs) }),
    ...(cancelMs === undefined ? {} : { cancelTime: dateOf(cancelMs) }),
  };
}

function endFromDoc({ endTime, cancelTime }: EndDoc): End {
  return {
    ...(endTime === undefined ? {} : { endMs: msOf(endTime) }),
    ...(cancelTime === undefined ? {} : { cancelMs: msOf(cancelTime) }),
  };
}
