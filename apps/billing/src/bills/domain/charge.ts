import {
  derivedId,
  type ChargeId,
  type CreditGrantId,
  type DiscountId,
  type FeeId,
  type OrganisationId,
  type ProductId,
} from '@billingrails/ids';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import {
  groupKey,
  shareAmount,
  writeStep,
  type CycleShare,
  type Group,
  type RatedCharge,
} from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';
import type { Subscription } from '../../subscriptions/domain/subscription';

/**
 * What is charged for: usage of a meter, a recurring fee, an amount by hand or a fee charged once, or a commitment; or
 * what a discount of an amount or a promotional credit takes off another charge.
 */
export type ChargeKind =
  'usage' | 'recurring' | 'one_off' | 'commitment' | 'discount' | 'promotional_credit';

/**
 * What one fee, or one group of it, comes to in one cycle. Its id never depends on when or how often it is computed.
 */
export interface Charge {
  readonly id: ChargeId;
  readonly kind: ChargeKind;
  /** Of a discount and a promotional credit that of what it is taken off. Unset: it is by hand, or a commitment. */
  readonly feeId?: FeeId;
  /** The product that the fee is of. Unset: of none. */
  readonly productId?: ProductId;
  /** Of a discount alone. */
  readonly discount?: ChargeDiscount;
  /** Of a promotional credit alone. */
  readonly credit?: ChargeCredit;
  /** Whose usage is priced. Unset where all groups are priced together. */
  readonly group?: Group;
  readonly cycle: number;
  /** The fee's name, with the group behind it. */
  readonly description: string;
  /** What one unit is called; may be empty. */
  readonly unit: string;
  /** In order, half-open, without overlap. None: nothing is owed any more. */
  readonly parts: readonly Part[];
  /** Whether it is of usage up to an instant inside its cycle. Unset: it is of all that is due of the cycle. */
  readonly cut?: true;
}

/** Which discount is taken off what. */
export interface ChargeDiscount {
  readonly discountId: DiscountId;
  readonly coveredChargeId: ChargeId;
}

/** Which credits are taken off what. */
export interface ChargeCredit {
  readonly creditGrantId: CreditGrantId;
  readonly coveredChargeId: ChargeId;
}

/** A part of a charge: a span with one price and one quantity. */
export interface Part {
  readonly period: Period;
  /** The arithmetic: of the usage of the span, or of the fee for a whole cycle. */
  readonly rated: RatedCharge;
  /** Where in the whole cycle the part lies. Unset where all of `rated` is owed. */
  readonly share?: CycleShare;
  /** Whether what it comes to is given back. */
  readonly credited?: boolean;
  /** What was priced. Unset where no usage is. */
  readonly usage?: PricedUsage;
}

/** The usage that a part prices. */
export interface PricedUsage {
  readonly meterProfile: MeterProfile;
  readonly eventCount: bigint;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
  /** The first version of the profile with the group_by paths that the group's values are of. */
  readonly groupVersion?: number;
}

/** What tells charges of a subscription apart. */
export interface ChargeIdentity {
  readonly feeId: FeeId;
  readonly cycle: number;
  readonly group?: Group;
  /** See PricedUsage. */
  readonly groupVersion?: number;
}

/** The identity of what is charged: the subscription, the fee, the group and the cycle that it belongs to. */
export function chargeIdOf(
  organisationId: OrganisationId,
  subscriptionId: Subscription['id'],
  { feeId, group, groupVersion = 0, cycle }: ChargeIdentity,
): ChargeId {
  // Groups of other paths are others, also where they read alike.
  const paths = groupVersion > 1 ? [String(groupVersion)] : [];
  const groupPart = group === undefined ? [] : [groupKey(group), ...paths];
  return derivedId('chg', organisationId, subscriptionId, feeId, String(cycle), ...groupPart);
}

/** Whether a part is what is missing to a commitment, or its overage. */
export function isCommitted({ rated }: Part): boolean {
  return rated.steps.some(({ kind }) => kind === 'commitment');
}

/** Exact sum of the parts. */
export function exactAmount(parts: readonly Part[]): Decimal {
  return parts.reduce((sum, part) => sum.add(partAmount(part)), decimal(0n));
}

/** What a part comes to. Parts of a cycle that follow each other sum exactly to the part that they make together. */
export function partAmount({ rated, share, credited }: Part): Decimal {
  const amount = share === undefined ? rated.amount : shareAmount(rated.amount, share);
  return credited === true ? amount.neg() : amount;
}

/** Equal exactly for what is priced alike: price, quantity, and where usage is priced its meter profile and events. */
export function ratedKey({ rated, usage, credited }: Part): string {
  const { quantity, amount, steps } = rated;
  const figures = [decimalText(quantity), decimalText(amount), steps.map(writeStep)];
  const counted = usage && [profileKey(usage.meterProfile), usage.eventCount.toString()];
  return JSON.stringify([figures, counted, credited === true]);
}
