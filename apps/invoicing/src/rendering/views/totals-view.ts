import type { Money } from '@billingrails/money';
import { amountDueOf, type Invoice } from '../../invoices/domain/invoice';
import type { AssessedDiscount, AssessedTax } from '../../totals/domain/assessment';
import { amountText, quantityText } from '../format-number';
import type { Words } from '../words';

/** A sum below the lines. */
export interface TotalView {
  readonly label: string;
  /** With its currency. */
  readonly amount: string;
  /** What the reader looks for. */
  readonly isMain: boolean;
}

export interface TotalsView {
  /** What is left to be paid. */
  readonly due: Omit<TotalView, 'isMain'>;
  /** The sums below the lines, in the order of reckoning. */
  readonly totals: readonly TotalView[];
}

/** Says how the lines lead to what is owed. Where they sum to it, that is the total alone. */
export function totalsView(
  invoice: Invoice,
  words: Words,
): TotalsView & { readonly taxNotes: readonly string[] } {
  const { total, assessment } = invoice;
  const { currencyCode } = total;
  const figure = (minorUnits: bigint) => amountText({ currencyCode, minorUnits }, words.locale);
  const row = (label: string, minorUnits: bigint) => ({
    label,
    amount: `${figure(minorUnits)} ${currencyCode}`,
  });
  const assessed =
    assessment === undefined
      ? []
      : [
          row(words.subtotal, assessment.subtotal),
          ...assessment.discounts.map((each) =>
            row(discountLabel(each, figure(each.base), words), -each.amount),
          ),
          ...(assessment.promotionalCredit === 0n
            ? []
            : [row(words.promotionalCredits, -assessment.promotionalCredit)]),
          ...(assessment.taxes.length === 0 ? [] : [row(words.net, assessment.net)]),
          ...assessment.taxes.map((tax) => row(taxLabel(tax, figure(tax.base), words), tax.amount)),
        ];
  const whole = row(words.total, total.minorUnits);
  const paid = paidRows(invoice, words, row);
  const due = row(words.amountDue, amountDueOf(invoice).minorUnits);
  const rows = [...assessed, whole, ...paid, ...(paid.length === 0 ? [] : [due])];
  return {
    due: paid.length === 0 ? whole : due,
    totals: rows.map((each, index) => ({ ...each, isMain: index === rows.length - 1 })),
    taxNotes: taxNotesOf(assessment?.taxes ?? []),
  };
}

/** What the law wants said of taxes, such as why there is none. */
export function taxNotesOf(taxes: readonly AssessedTax[]): string[] {
  return [...new Set(taxes.map(({ note }) => note))].filter((note) => note !== '');
}

/** What credits and the account's balance take of the total. */
function paidRows(
  invoice: Invoice,
  words: Words,
  row: (label: string, minorUnits: bigint) => Omit<TotalView, 'isMain'>,
): Omit<TotalView, 'isMain'>[] {
  const balance = balanceOf(invoice)?.minorUnits ?? 0n;
  return [
    ...invoice.credits.map(({ memo, amount }) =>
      row(words.paidByCredits(memo), -amount.minorUnits),
    ),
    ...(balance === 0n
      ? []
      : [row(balance > 0n ? words.fromBalance : words.owedFromBefore, -balance)]),
  ];
}

/** Of a draft, the account's balance has taken nothing yet. */
function balanceOf(invoice: Invoice): Money | undefined {
  return invoice.status === 'draft' ? undefined : invoice.balanceApplied;
}

/** What is let off, and of what where it is not of all lines. */
function discountLabel(
  { name, percentOff, appliesTo }: AssessedDiscount,
  base: string,
  words: Words,
): string {
  const terms = [
    ...(percentOff === undefined ? [] : [`${quantityText(percentOff, words.locale)} %`]),
    ...(appliesTo === undefined ? [] : [words.discountOn(base)]),
  ];
  return terms.length === 0 ? name : `${name} (${terms.join(' ')})`;
}

/** What a tax is, and of what. */
export function taxLabel(
  tax: Pick<AssessedTax, 'name' | 'percent' | 'treatment' | 'included'>,
  base: string,
  words: Words,
): string {
  const { name, percent, treatment, included } = tax;
  switch (treatment) {
    case 'taxed': {
      const label = words.tax(name, quantityText(percent, words.locale), base);
      return included ? words.taxIncluded(label) : label;
    }
    case 'zero_rated':
    case 'exempt':
    case 'reverse_charge':
      return [name, words.untaxed[treatment]].filter((part) => part !== '').join(' · ');
  }
}
