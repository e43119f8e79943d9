import { unavailable } from '@billingrails/errors';
import { Decimal } from '@billingrails/money';
import Stripe from 'stripe';
import { stripeConfig } from '../../collecting/stripe/stripe-config';
import type { AppliedRate } from '../../totals/domain/assess-invoice';
import type { TaxTreatment } from '../../totals/domain/assessment';
import type { RatesQuestion, TaxCalculator } from '../domain/tax-calculator';
import { stripeTaxIds } from './stripe-tax-ids';

export interface StripeTaxOptions {
  readonly apiKey: string;
  /** Where its API is. */
  readonly url: string;
  /** After that a question has no answer. */
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** The service takes dates at most so far from now. */
const DATE_DISTANCE_MAX_MS = 31 * 86_400_000;
const RETRY_AFTER_MS = 5_000;
/** What a line item can have, at most: eight digits. */
const AMOUNT_MAX = 99_999_999n;

type LineItem = Stripe.Tax.CalculationLineItem;
type Breakdown = NonNullable<LineItem['tax_breakdown']>[number];

/**
 * Stripe Tax as the calculator (`POST /v1/tax/calculations`): a line item for each supply, its rates in the answer.
 */
export function stripeTax({ apiKey, url, timeoutMs, nowMs }: StripeTaxOptions): TaxCalculator {
  // Messages come again by themselves, with growing delay.
  const stripe = new Stripe(apiKey, stripeConfig({ url, timeoutMs }));
  return {
    async ratesOf(question) {
      const items = await itemsOf(stripe, question, nowMs()).catch((cause: unknown) => {
        throw away(describe(cause), cause);
      });
      const rates = new Map<string, AppliedRate>();
      return question.supplies.map((supply, index) => {
        const item = items.find(({ reference }) => reference === String(index));
        const breakdown = item?.tax_breakdown;
        if (!breakdown) throw away('the answer lacks a line item');
        return breakdown.flatMap((part) => {
          const rate = rateOf(part, supply.category);
          if (rate === undefined) return [];
          const key = JSON.stringify(rate);
          const before = rates.get(key) ?? rate;
          rates.set(key, before);
          return [before];
        });
      });
    },
  };
}

async function itemsOf(
  stripe: Stripe,
  { currencyCode, atMs, place, taxIds, supplies }: RatesQuestion,
  nowMs: number,
): Promise<readonly LineItem[]> {
  const { lines, city, postalCode, region, countryCode } = place;
  const furthest = Math.min(
    Math.max(atMs, nowMs - DATE_DISTANCE_MAX_MS),
    nowMs + DATE_DISTANCE_MAX_MS,
  );
  const calculation = await stripe.tax.calculations.create({
    currency: currencyCode.toLowerCase(),
    tax_date: Math.floor(furthest / 1000),
    customer_details: {
      address: {
        country: countryCode,
        ...(lines[0] && { line1: lines[0] }),
        ...(lines[1] && { line2: lines[1] }),
        ...(city && { city }),
        ...(postalCode && { postal_code: postalCode }),
        ...(region && { state: region }),
      },
      address_source: 'billing',
      tax_ids: stripeTaxIds(taxIds),
    },
    line_items: supplies.map(({ category, included, amount }, index) => ({
      reference: String(index),
      amount: Number(amount > AMOUNT_MAX ? AMOUNT_MAX : amount),
      tax_behavior: included ? 'inclusive' : 'exclusive',
      ...(category && { tax_code: category }),
    })),
    expand: ['line_items.data.tax_breakdown'],
  });
  return calculation.line_items?.data ?? [];
}

/** Undefined where no tax is collected. */
function rateOf(part: Breakdown, category: string): AppliedRate | undefined {
  const treatment = treatmentOf(part.taxability_reason);
  if (treatment === undefined) return undefined;
  const { jurisdiction, tax_rate_details: details } = part;
  const percent = treatment === 'taxed' ? details?.percentage_decimal : '0';
  const parsed = percent === undefined ? undefined : Decimal.parse(percent);
  if (parsed === undefined || parsed.isNegative()) throw away('the answer lacks a rate');
  const isPart = jurisdiction.level !== 'country';
  return {
    name: `${details?.display_name ?? 'Tax'}${isPart ? ` (${jurisdiction.display_name})` : ''}`,
    percent: parsed,
    treatment: treatment === 'taxed' && parsed.isZero() ? 'zero_rated' : treatment,
    compound: false,
    countryCode: jurisdiction.country,
    region: jurisdiction.state ?? '',
    category,
    note: treatment === 'reverse_charge' ? 'Reverse charge' : '',
  };
}

/** Undefined where no tax is collected. Throws for what is taxed on a part of its amount only. */
function treatmentOf(reason: Breakdown['taxability_reason']): TaxTreatment | undefined {
  switch (reason) {
    case 'standard_rated':
    case 'reduced_rated':
      return 'taxed';
    case 'zero_rated':
      return 'zero_rated';
    case 'reverse_charge':
      return 'reverse_charge';
    case 'customer_exempt':
    case 'product_exempt':
    case 'product_exempt_holiday':
      return 'exempt';
    case 'not_collecting':
    case 'not_subject_to_tax':
    case 'not_supported':
      return undefined;
    case 'portion_product_exempt':
    case 'portion_reduced_rated':
    case 'portion_standard_rated':
    case 'proportionally_rated':
    case 'taxable_basis_reduced':
      throw away(`a tax is owed on a part of the amount (${reason}), which is not known here`);
    default:
      throw away(`why a tax is so much is not known here (${String(reason)})`);
  }
}

/** Never the key: an error of the library has it in no field. */
function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'no answer';
}

function away(why: string, cause?: unknown) {
  const message = `The service that calculates taxes has no answer that can be applied: ${why}`;
  return unavailable('TAX_CALCULATOR_AWAY', message, RETRY_AFTER_MS, cause);
}
