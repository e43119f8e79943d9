import { unavailable } from '@billingrails/errors';
import type { InvoiceId } from '@billingrails/ids';
import { linesOf, type DraftInvoice } from '../../invoices/domain/invoice';
import {
  feeTaxesOf,
  supplyKey,
  type CalculatedRates,
  type TaxTerms,
} from '../../totals/domain/assess-invoice';
import type { QuestionedSupply, RatesQuestion, TaxCalculator } from '../domain/tax-calculator';
import { taxTermsOf, type TaxStores } from './tax-terms';

/** The rates of the drafts that need a service, or why there are none. */
export type Calculations = ReadonlyMap<
  InvoiceId,
  { readonly rates: CalculatedRates } | { readonly error: unknown }
>;

/** Questions that are asked at once. */
const TOGETHER = 25;
const RETRY_AFTER_MS = 5_000;

/**
 * Asks the calculation service which rates hold for the drafts whose organisations have their taxes from it: before the
 * transaction that puts them together.
 */
export async function calculateRates(
  stores: TaxStores,
  calculator: TaxCalculator | undefined,
  drafts: readonly DraftInvoice[],
): Promise<Calculations> {
  const terms = await taxTermsOf(stores, drafts);
  const open = drafts.flatMap((draft, place) => {
    const question = questionOf(draft, terms[place]);
    return question === undefined ? [] : [{ id: draft.id, question }];
  });
  const calculations = new Map<InvoiceId, { rates: CalculatedRates } | { error: unknown }>();
  for (let from = 0; from < open.length; from += TOGETHER)
    await Promise.all(
      open.slice(from, from + TOGETHER).map(async ({ id, question }) => {
        try {
          calculations.set(id, { rates: await answerOf(calculator, question) });
        } catch (error) {
          calculations.set(id, { error });
        }
      }),
    );
  return calculations;
}

/** Undefined where no service need be asked. */
function questionOf(draft: DraftInvoice, terms: TaxTerms | undefined): RatesQuestion | undefined {
  const place = terms?.details.address ?? terms?.settings.seller?.address;
  if (terms?.settings.calculation !== 'service' || place === undefined) return undefined;
  if (draft.buysCredits === true) return undefined;
  const { issueMs, total } = draft;
  const lines = linesOf(draft);
  const feeTaxOf = feeTaxesOf(lines, terms);
  const supplies = new Map<string, QuestionedSupply>();
  for (const line of lines) {
    const { category, priceIncludesTax: included = false } = feeTaxOf(line);
    const key = supplyKey({ category, included });
    const { minorUnits } = line.amount;
    const size = minorUnits < 0n ? -minorUnits : minorUnits;
    const before = supplies.get(key)?.amount ?? 0n;
    supplies.set(key, { category, included, amount: before + size });
  }
  if (supplies.size === 0) return undefined;
  return {
    ...{ currencyCode: total.currencyCode, atMs: issueMs, place },
    taxIds: terms.details.taxIds,
    // The service takes amounts above 0 only; which rates hold does not depend on them.
    supplies: [...supplies.values()].map((each) => ({ ...each, amount: each.amount || 1n })),
  };
}

async function answerOf(
  calculator: TaxCalculator | undefined,
  question: RatesQuestion,
): Promise<CalculatedRates> {
  if (calculator === undefined) {
    const message = 'No service that calculates taxes is set.';
    throw unavailable('TAX_CALCULATOR_AWAY', message, RETRY_AFTER_MS);
  }
  const rates = await calculator.ratesOf(question);
  return new Map(question.supplies.map((supply, index) => [supplyKey(supply), rates[index] ?? []]));
}
