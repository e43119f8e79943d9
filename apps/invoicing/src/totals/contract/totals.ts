import type { MessageInitShape } from '@bufbuild/protobuf';
import type { MoneySchema } from '@billingrails/contracts/billingrails/common/v1/money_pb';
import type { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  TaxTreatment as TaxTreatmentMessage,
  type InvoiceDiscountSchema,
  type InvoicePartySchema,
  type InvoiceTaxSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_totals_pb';
import { decimalText, moneyText, type Money } from '@billingrails/money';
import { scopeToProto } from '../../coupons/contract/coupon-scope';
import type {
  AssessedDiscount,
  AssessedLine,
  AssessedTax,
  Assessment,
  Party,
  TaxTreatment,
} from '../domain/assessment';

type AssessedFields = Pick<
  MessageInitShape<typeof InvoiceSchema>,
  'totals' | 'discounts' | 'taxes' | 'seller' | 'customer'
>;

/** What an invoice says of how its lines lead to its total. */
export function assessmentToProto({
  total,
  assessment,
}: {
  readonly total: Money;
  readonly assessment?: Assessment;
}): AssessedFields {
  const money = moneyOf(total.currencyCode);
  if (assessment === undefined) {
    const [zero, sum] = [money(0n), money(total.minorUnits)];
    const sums = { subtotal: sum, discount: zero, promotionalCredit: zero, net: sum, tax: zero };
    return { totals: { ...sums, total: sum } };
  }
  const { subtotal, promotionalCredit, discounts, taxes, net, tax, seller, customer } = assessment;
  return {
    totals: {
      subtotal: money(subtotal),
      discount: money(discounts.reduce((sum, { amount }) => sum + amount, 0n)),
      promotionalCredit: money(promotionalCredit),
      net: money(net),
      tax: money(tax),
      total: money(total.minorUnits),
    },
    discounts: discounts.map((each) => discountToProto(each, money)),
    taxes: taxes.map((each) => taxToProto(each, money)),
    ...(seller && { seller: partyToProto(seller) }),
    ...(customer && { customer: partyToProto(customer) }),
  };
}

/** A line's part of it; unassessed, a line comes to its amount. */
export function assessedLineToProto(amount: Money, line: AssessedLine | undefined) {
  const money = moneyOf(amount.currencyCode);
  if (line === undefined) return { netAmount: money(amount.minorUnits) };
  return {
    discounts: line.discounts.map((part, discountIndex) => ({
      discountIndex,
      amount: money(part),
    })),
    taxes: line.taxes.map((part) => ({ taxIndex: part.tax, amount: money(part.amount) })),
    netAmount: money(line.net),
    taxCategory: line.taxCategory,
  };
}

/** As the contract says it. */
export function partyToProto({
  name,
  address,
  taxIds,
}: Party): MessageInitShape<typeof InvoicePartySchema> {
  return {
    name,
    ...(address && { address: { ...address, lines: [...address.lines] } }),
    taxIds: taxIds.map((taxId) => ({ ...taxId })),
  };
}

type MoneyOf = (minorUnits: bigint) => MessageInitShape<typeof MoneySchema>;

function moneyOf(currencyCode: string): MoneyOf {
  return (minorUnits) => ({ currencyCode, amount: moneyText({ currencyCode, minorUnits }) });
}

function discountToProto(
  { redemptionId, couponId, name, code, percentOff, appliesTo, base, amount }: AssessedDiscount,
  money: MoneyOf,
): MessageInitShape<typeof InvoiceDiscountSchema> {
  return {
    ...{ couponRedemptionId: redemptionId, couponId, name, code },
    percentOff: percentOff === undefined ? '' : decimalText(percentOff),
    ...(appliesTo && { appliesTo: scopeToProto(appliesTo) }),
    baseAmount: money(base),
    amount: money(amount),
  };
}

const TREATMENTS: Record<TaxTreatment, TaxTreatmentMessage> = {
  taxed: TaxTreatmentMessage.TAXED,
  zero_rated: TaxTreatmentMessage.ZERO_RATED,
  exempt: TaxTreatmentMessage.EXEMPT,
  reverse_charge: TaxTreatmentMessage.REVERSE_CHARGE,
};

function taxToProto(
  { rateId, percent, treatment, category, base, amount, ...tax }: AssessedTax,
  money: MoneyOf,
): MessageInitShape<typeof InvoiceTaxSchema> {
  return {
    ...tax,
    taxRateId: rateId ?? '',
    percent: decimalText(percent),
    treatment: TREATMENTS[treatment],
    taxCategory: category,
    baseAmount: money(base),
    amount: money(amount),
  };
}
