import { assert, stale } from '@billingrails/errors';
import type { FeeId, ProductId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { appliesToLine } from '../../coupons/domain/coupon-scope';
import { linesOf, type DraftInvoice, type InvoiceLine } from '../../invoices/domain/invoice';
import { liabilityOf, type AccountTaxDetails } from '../../taxes/domain/account-tax-details';
import { ratesFor, type TaxRate } from '../../taxes/domain/tax-rate';
import type { FeeTax, TaxSettings } from '../../taxes/domain/tax-settings';
import type { AssessedDiscount, AssessedLine, AssessedTax, Assessment } from './assessment';
import type { OffTerms } from './discounts';
import { taxLines, type Rate, type Taxes } from './taxes';
import { computeTotals } from './totals';

/** What is let off an invoice and taxed on it. */
export interface AssessmentTerms {
  readonly discounts: readonly InvoiceOff[];
  /** Unset: taxes are not kept here. */
  readonly taxes?: TaxTerms;
}

/** What a coupon lets off. */
export interface InvoiceOff extends Pick<
  AssessedDiscount,
  'redemptionId' | 'couponId' | 'name' | 'code' | 'appliesTo'
> {
  readonly off: OffTerms;
}

/** What decides about taxes. */
export interface TaxTerms {
  readonly settings: TaxSettings;
  readonly details: AccountTaxDetails;
  /** What is said of fees, and of all fees of a product. */
  readonly feeTaxes: ReadonlyMap<FeeId | ProductId, FeeTax>;
  /** Those of the table that may hold where the customer is. */
  readonly rates: readonly TaxRate[];
  /** What a calculation service said, in place of the table. */
  readonly calculated?: CalculatedRates;
}

/** The rates of supplies, by `supplyKey`. */
export type CalculatedRates = ReadonlyMap<string, readonly AppliedRate[]>;

export function supplyKey({
  category,
  included,
}: {
  readonly category: string;
  readonly included: boolean;
}): string {
  return `${included}/${category}`;
}

/** A rate with what the invoice says of it. */
export type AppliedRate = Rate & Omit<AssessedTax, 'included' | 'base' | 'amount' | keyof Rate>;

/**
 * The invoice with what is let off it and taxed on it, and the total that this leads to. One without either stays as it
 * is, and discounts that let off nothing are left out. A line is taxed as at the last instant of its span, or when the
 * invoice is due where that is before.
 */
export function assessInvoice(draft: DraftInvoice, terms: AssessmentTerms): DraftInvoice {
  if (terms.discounts.length === 0 && terms.taxes === undefined) return draft;
  const { currencyCode } = draft.total;
  const lines = linesOf(draft);
  const feeTaxOf = feeTaxesOf(lines, terms.taxes);
  const ratesOf = rateFinder(draft, terms.taxes);
  const chargedBy = chargeFinder(lines);
  const totals = computeTotals<AppliedRate>({
    currencyCode,
    lines: lines.map((line) => {
      const feeTax = feeTaxOf(line);
      const rates = ratesOf(line, feeTax);
      return {
        amount: line.amount.minorUnits,
        isCredit: line.kind === 'promotional_credit',
        // Of a price that nothing is owed on, nothing is included.
        included:
          feeTax.priceIncludesTax === true && rates.some(({ percent }) => !percent.isZero()),
        rates,
      };
    }),
    discounts: terms.discounts.map(({ off, appliesTo }) =>
      appliesTo === undefined
        ? off
        : {
            ...off,
            covers: lines.map((line) => appliesToLine(appliesTo, chargedBy(line) ?? line)),
          },
    ),
    tax: (taxed) => taxLines(taxed, terms.taxes?.settings.rounding ?? 'invoice'),
  });
  const idle = new Set(totals.discounts.flatMap((each) => (each.amount === 0n ? each.index : [])));
  if (idle.size > 0) {
    const discounts = terms.discounts.filter((_, index) => !idle.has(index));
    return assessInvoice(draft, { ...terms, discounts });
  }
  const { subtotal, promotionalCredit, net, tax } = totals;
  const taxes = totals.taxes.map(({ rate, included, base, amount }) => ({
    ...{ ...rate, included, base, amount },
  }));
  const partsOf = linePartsOf(totals.taxes, lines.length);
  const assessment: Assessment = {
    ...{ subtotal, promotionalCredit, net, tax, taxes },
    discounts: totals.discounts.map(({ index, base, amount }) => {
      const discount = terms.discounts[index];
      assert(discount !== undefined, 'each discount is one of the terms');
      const { off, ...coupon } = discount;
      const percent = off.kind === 'percent' ? { percentOff: off.percent } : {};
      return { ...coupon, ...percent, base, amount };
    }),
    lines: lines.map((line, place): AssessedLine => ({
      taxCategory: feeTaxOf(line).category,
      discounts: totals.discounts.map(({ parts }) => parts[place] ?? 0n),
      taxes: partsOf[place] ?? [],
      net: totals.nets[place] ?? 0n,
    })),
    ...partiesOf(draft, terms.taxes),
  };
  return { ...draft, total: { currencyCode, minorUnits: totals.total }, assessment };
}

/** When a line is taxed. */
function taxedAtMs(line: Pick<InvoiceLine, 'period'>, issueMs: number): number {
  return Math.min(line.period.endMs - 1, issueMs);
}

/**
 * How what a line charges is taxed: as is said of the line itself, of its fee, or else of its product. A promotional
 * credit is taxed as what it is taken off.
 */
export function feeTaxesOf(
  lines: readonly InvoiceLine[],
  terms: TaxTerms | undefined,
): (line: InvoiceLine) => FeeTax {
  const chargedBy = chargeFinder(lines);
  return (line) => {
    const charged = chargedBy(line);
    const saidOf = (id: FeeId | ProductId | undefined) => id && terms?.feeTaxes.get(id);
    const said = saidOf(charged?.feeId) ?? saidOf(charged?.product?.id);
    const priceIncludesTax = said?.priceIncludesTax ?? terms?.settings.pricesIncludeTax ?? false;
    return { category: charged?.taxCategory ?? said?.category ?? '', priceIncludesTax };
  };
}

/**
 * Finds the line that says the fee of what a line charges, or takes a promotional credit off: itself. Bills once did
 * not say the fee of a credit: then it is the line which it is taken off, if that is among them.
 */
function chargeFinder(
  lines: readonly InvoiceLine[],
): (line: InvoiceLine) => InvoiceLine | undefined {
  const lineOf = new Map(lines.map((line) => [line.chargeId, line]));
  return (line) => {
    const { credit, feeId } = line;
    const isOwn = credit === undefined || feeId !== undefined;
    return isOwn ? line : lineOf.get(credit.coveredChargeId);
  };
}

type RateFinder = (line: InvoiceLine, feeTax: FeeTax) => readonly AppliedRate[];

/** Finds the rates of lines; the same rate is the same object on all of them. */
function rateFinder(
  { issueMs, buysCredits }: DraftInvoice,
  terms: TaxTerms | undefined,
): RateFinder {
  const place = terms?.details.address ?? terms?.settings.seller?.address;
  if (terms === undefined || place === undefined) return () => [];
  const applied = new Map<string, AppliedRate>();
  const once = (key: string, rate: AppliedRate): AppliedRate => {
    const before = applied.get(key) ?? rate;
    applied.set(key, before);
    return before;
  };
  return (line, { category, priceIncludesTax: included = false }) => {
    const atMs = taxedAtMs(line, issueMs);
    const liability =
      buysCredits === true ? BOUGHT : liabilityOf(terms.settings, terms.details, atMs);
    if (liability.kind !== 'taxed') {
      const { countryCode, region } = place;
      const freed = { ...FREED[liability.kind], countryCode, region, note: liability.note };
      return [once(liability.kind, freed)];
    }
    if (terms.settings.calculation === 'service') {
      const rates = terms.calculated?.get(supplyKey({ category, included }));
      if (rates === undefined)
        throw stale('TAX_TERMS_CHANGED', 'What decides about taxes has changed meanwhile.');
      return rates;
    }
    return ratesFor(terms.rates, { place, category, atMs }).map((rate) =>
      once(rate.id, appliedOf(rate)),
    );
  };
}

function appliedOf({
  id,
  startMs: _start,
  endMs: _end,
  postalCodePrefix: _prefix,
  ...rate
}: TaxRate) {
  const treatment = rate.percent.isZero() ? 'zero_rated' : 'taxed';
  return { ...rate, rateId: id, treatment } satisfies AppliedRate;
}

/** Prepaid credits pay after tax: what they pay for is taxed, so what they are bought by is not. */
const BOUGHT = { kind: 'exempt', note: 'Prepaid credit: tax is on what it pays for.' } as const;

const NOTHING = { percent: decimal(0n), compound: false, category: '' };

/** What an invoice has of somebody who owes no tax, in place of rates. */
const FREED = {
  exempt: { ...NOTHING, name: 'Exempt', treatment: 'exempt' },
  reverse_charge: { ...NOTHING, name: 'Reverse charge', treatment: 'reverse_charge' },
} as const;

function linePartsOf(taxes: Taxes['taxes'], count: number): { tax: number; amount: bigint }[][] {
  const parts = Array.from({ length: count }, (): { tax: number; amount: bigint }[] => []);
  for (const [tax, { parts: ofTax }] of taxes.entries())
    for (const { line, amount } of ofTax) parts[line]?.push({ tax, amount });
  return parts;
}

function partiesOf({ accountName: name }: DraftInvoice, terms: TaxTerms | undefined) {
  if (terms === undefined) return {};
  const { seller } = terms.settings;
  const { address, taxIds } = terms.details;
  return { ...(seller && { seller }), customer: { name, ...(address && { address }), taxIds } };
}
