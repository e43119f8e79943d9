import type { CouponId, CouponRedemptionId, TaxRateId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { CouponScope } from '../../coupons/domain/coupon-scope';
import type { Address, Assessment, Party, TaxId, TaxTreatment } from '../domain/assessment';

/** An assessment as it lies in MongoDB. Decimals and minor units are text. */
export interface AssessmentDoc {
  subtotal: string;
  promotionalCredit: string;
  discounts: DiscountDoc[];
  taxes: TaxDoc[];
  lines: AssessedLineDoc[];
  net: string;
  tax: string;
  seller?: PartyDoc;
  customer?: PartyDoc;
}

interface DiscountDoc {
  redemptionId: string;
  couponId: string;
  name: string;
  code: string;
  percentOff?: string;
  appliesTo?: CouponScope;
  base: string;
  amount: string;
}

interface TaxDoc {
  rateId?: string;
  name: string;
  percent: string;
  treatment: TaxTreatment;
  included: boolean;
  compound: boolean;
  countryCode: string;
  region: string;
  category: string;
  note: string;
  base: string;
  amount: string;
}

interface AssessedLineDoc {
  taxCategory: string;
  discounts: string[];
  taxes: { tax: number; amount: string }[];
  net: string;
}

/** Somebody who sells or buys, as documents keep it. */
export interface PartyDoc {
  name: string;
  address?: AddressDoc;
  taxIds: { countryCode: string; value: string }[];
}

interface AddressDoc {
  lines: string[];
  city: string;
  postalCode: string;
  region: string;
  countryCode: string;
}

export function assessmentToDoc(assessment: Assessment): AssessmentDoc {
  const { seller, customer } = assessment;
  return {
    subtotal: String(assessment.subtotal),
    promotionalCredit: String(assessment.promotionalCredit),
    discounts: assessment.discounts.map(({ percentOff, base, amount, ...discount }) => ({
      ...discount,
      ...(percentOff && { percentOff: decimalText(percentOff) }),
      ...{ base: String(base), amount: String(amount) },
    })),
    taxes: assessment.taxes.map(({ percent, base, amount, ...tax }) => ({
      ...tax,
      percent: decimalText(percent),
      ...{ base: String(base), amount: String(amount) },
    })),
    lines: assessment.lines.map(({ taxCategory, discounts, taxes, net }) => ({
      taxCategory,
      discounts: discounts.map(String),
      taxes: taxes.map(({ tax, amount }) => ({ tax, amount: String(amount) })),
      net: String(net),
    })),
    net: String(assessment.net),
    tax: String(assessment.tax),
    ...(seller && { seller: partyToDoc(seller) }),
    ...(customer && { customer: partyToDoc(customer) }),
  };
}

export function assessmentFromDoc(doc: AssessmentDoc): Assessment {
  const { seller, customer } = doc;
  return {
    subtotal: BigInt(doc.subtotal),
    promotionalCredit: BigInt(doc.promotionalCredit),
    discounts: doc.discounts.map(({ percentOff, base, amount, ...discount }) => ({
      ...discount,
      redemptionId: discount.redemptionId as CouponRedemptionId,
      couponId: discount.couponId as CouponId,
      ...(percentOff === undefined ? {} : { percentOff: decimal(percentOff) }),
      ...{ base: BigInt(base), amount: BigInt(amount) },
    })),
    taxes: doc.taxes.map(({ rateId, percent, base, amount, ...tax }) => ({
      ...tax,
      ...(rateId === undefined ? {} : { rateId: rateId as TaxRateId }),
      percent: decimal(percent),
      ...{ base: BigInt(base), amount: BigInt(amount) },
    })),
    lines: doc.lines.map(({ taxCategory, discounts, taxes, net }) => ({
      taxCategory,
      discounts: discounts.map(BigInt),
      taxes: taxes.map(({ tax, amount }) => ({ tax, amount: BigInt(amount) })),
      net: BigInt(net),
    })),
    net: BigInt(doc.net),
    tax: BigInt(doc.tax),
    ...(seller && { seller: partyFromDoc(seller) }),
    ...(customer && { customer: partyFromDoc(customer) }),
  };
}

export function partyToDoc({ name, address, taxIds }: Party): PartyDoc {
  return {
    name,
    ...(address && { address: { ...address, lines: [...address.lines] } }),
    taxIds: taxIds.map(({ countryCode, value }) => ({ countryCode, value })),
  };
}

export function partyFromDoc(doc: PartyDoc): Party {
  return doc satisfies { address?: Address; taxIds: TaxId[] };
}
