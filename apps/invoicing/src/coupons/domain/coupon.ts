import { precondition, type Violation } from '@billingrails/errors';
import type { AccountId, CouponId, CouponRedemptionId } from '@billingrails/ids';
import { decimal, type Decimal, type Money } from '@billingrails/money';
import type { InvoiceOff } from '../../totals/domain/assess-invoice';
import { scopeViolations, type CouponScope } from './coupon-scope';

/** What accounts that give its code are let off their invoices. It never changes but for being archived. */
export interface Coupon {
  readonly id: CouponId;
  readonly code: string;
  readonly name: string;
  readonly off: CouponOff;
  /** Unset: it applies to all lines. */
  readonly appliesTo?: CouponScope;
  /** Of how many invoices each redemption lets off something. Unset: of all. */
  readonly invoices?: number;
  /** For how many days each redemption holds. Unset: for good. */
  readonly days?: number;
  /** Unset: without limit. */
  readonly redemptionsMax?: number;
  readonly redemptionsPerAccountMax: number;
  /** Empty: any. */
  readonly accountIds: readonly string[];
  /** Unset: until it is archived. */
  readonly redeemBeforeMs?: number;
  readonly redemptionCount: number;
  readonly archived: boolean;
}

export type CouponOff =
  | { readonly kind: 'percent'; readonly percent: Decimal }
  | { readonly kind: 'amount'; readonly amount: Money };

/** That an account has redeemed a coupon. */
export interface CouponRedemption extends Pick<
  Coupon,
  'code' | 'name' | 'off' | 'appliesTo' | 'invoices'
> {
  readonly id: CouponRedemptionId;
  readonly couponId: CouponId;
  readonly accountId: AccountId;
  /** It holds for invoices dated from then on. */
  readonly startMs: number;
  /** And before. Unset: for good. */
  readonly endMs?: number;
  /** Of how many invoices it has let off something. */
  readonly invoiceCount: number;
}

/** Redemptions of an account, whether they hold or not. */
const OF_ACCOUNT_MAX = 200;
const DAY_MS = 86_400_000;
const HUNDRED = decimal(100n);

/** Codes are compared without case. */
export function codeKey(code: string): string {
  return code.toUpperCase();
}

/** What is wrong with a coupon, by path. */
export function couponViolations({
  off,
  appliesTo,
}: Pick<Coupon, 'off' | 'appliesTo'>): Violation[] {
  return [...offViolations(off), ...(appliesTo ? scopeViolations(appliesTo) : [])];
}

function offViolations(off: CouponOff): Violation[] {
  if (off.kind === 'percent')
    return off.percent.isZero() || off.percent.gt(HUNDRED)
      ? [{ field: 'coupon.percent_off', description: 'must be more than 0 and at most 100' }]
      : [];
  return off.amount.minorUnits > 0n
    ? []
    : [{ field: 'coupon.amount_off', description: 'must be more than 0' }];
}

/**
 * Redeems a coupon for an account that has those redemptions already. Throws DomainError precondition where it may not.
 */
export function redeem(
  coupon: Coupon,
  {
    accountId,
    earlier,
    nowMs,
    startMs,
    id,
  }: {
    readonly accountId: AccountId;
    readonly earlier: readonly CouponRedemption[];
    readonly nowMs: number;
    readonly startMs: number;
    readonly id: CouponRedemptionId;
  },
): CouponRedemption {
  const refuse = (why: string): never => {
    throw precondition('COUPON_NOT_REDEEMABLE', `The coupon cannot be redeemed: ${why}.`);
  };
  if (coupon.archived) refuse('it is archived');
  if (nowMs >= (coupon.redeemBeforeMs ?? Infinity)) refuse('its time is over');
  if (coupon.accountIds.length > 0 && !coupon.accountIds.includes(accountId))
    refuse('it is for other accounts');
  if (coupon.redemptionCount >= (coupon.redemptionsMax ?? Infinity))
    refuse(`it was redeemed ${coupon.redemptionCount} times, which is as often as it can be`);
  const own = earlier.filter(({ couponId }) => couponId === coupon.id).length;
  if (own >= coupon.redemptionsPerAccountMax)
    refuse('the account has redeemed it as often as it can');
  if (earlier.length >= OF_ACCOUNT_MAX)
    refuse(`an account can have ${OF_ACCOUNT_MAX} redemptions in all`);
  const { id: couponId, code, name, off, appliesTo, invoices, days } = coupon;
  return {
    ...{ id, couponId, accountId, code, name, off, startMs, invoiceCount: 0 },
    ...(appliesTo && { appliesTo }),
    ...(invoices === undefined ? {} : { invoices }),
    ...(days === undefined ? {} : { endMs: startMs + days * DAY_MS }),
  };
}

/** What redemptions let off an invoice of that date and currency, in their order. */
export function offsOf(
  redemptions: readonly CouponRedemption[],
  { issueMs, currencyCode }: { readonly issueMs: number; readonly currencyCode: string },
): InvoiceOff[] {
  return redemptions
    .filter(
      ({ startMs, endMs = Infinity, invoices = Infinity, invoiceCount }) =>
        startMs <= issueMs && issueMs < endMs && invoiceCount < invoices,
    )
    .flatMap(({ id: redemptionId, couponId, name, code, off, appliesTo }): InvoiceOff[] => {
      const coupon = { redemptionId, couponId, name, code, ...(appliesTo && { appliesTo }) };
      if (off.kind === 'percent') return [{ ...coupon, off }];
      const { amount } = off;
      if (amount.currencyCode !== currencyCode) return [];
      return [{ ...coupon, off: { kind: 'amount', minorUnits: amount.minorUnits } }];
    });
}
