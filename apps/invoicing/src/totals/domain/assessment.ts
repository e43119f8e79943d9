import type { CouponId, CouponRedemptionId, TaxRateId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { CouponScope } from '../../coupons/domain/coupon-scope';

/** How an invoice's lines lead to its total, with all parts; amounts are in minor units of its currency. */
export interface Assessment {
  readonly subtotal: bigint;
  readonly promotionalCredit: bigint;
  /** In the order in which they are taken. */
  readonly discounts: readonly AssessedDiscount[];
  /** Those that are not compound first. */
  readonly taxes: readonly AssessedTax[];
  /** In the order of all lines. */
  readonly lines: readonly AssessedLine[];
  readonly net: bigint;
  readonly tax: bigint;
  /** Unset where taxes are not kept here. */
  readonly seller?: Party;
  readonly customer?: Party;
}

/** What a coupon lets off. */
export interface AssessedDiscount {
  readonly redemptionId: CouponRedemptionId;
  readonly couponId: CouponId;
  readonly name: string;
  readonly code: string;
  /** Unset where an amount is let off. */
  readonly percentOff?: Decimal;
  /** The lines that it applies to. Unset: all. */
  readonly appliesTo?: CouponScope;
  /** What the ones before it leave of these. */
  readonly base: bigint;
  readonly amount: bigint;
}

/** Why a tax is what it is. */
export type TaxTreatment = 'taxed' | 'zero_rated' | 'exempt' | 'reverse_charge';

/** A tax of one rate. */
export interface AssessedTax {
  /** Unset for what follows from no rate of the table. */
  readonly rateId?: TaxRateId;
  readonly name: string;
  readonly percent: Decimal;
  readonly treatment: TaxTreatment;
  readonly included: boolean;
  readonly compound: boolean;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  /** May be empty, as the category and the note. */
  readonly region: string;
  readonly category: string;
  readonly note: string;
  readonly base: bigint;
  readonly amount: bigint;
}

export interface AssessedLine {
  /** May be empty. */
  readonly taxCategory: string;
  /** Its parts of the discounts, in their order. */
  readonly discounts: readonly bigint[];
  /** Its parts of taxes, by their places. */
  readonly taxes: readonly { readonly tax: number; readonly amount: bigint }[];
  /** Without tax. */
  readonly net: bigint;
}

/** Who sells or buys. */
export interface Party {
  readonly name: string;
  readonly address?: Address;
  readonly taxIds: readonly TaxId[];
}

export interface Address {
  readonly lines: readonly string[];
  readonly city: string;
  readonly postalCode: string;
  readonly region: string;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string;
}

export interface TaxId {
  /** ISO 3166-1 alpha-2 of whose authority gave it. */
  readonly countryCode: string;
  /** In its canonical form. */
  readonly value: string;
}
