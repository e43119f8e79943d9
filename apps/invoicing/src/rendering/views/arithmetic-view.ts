import { decimal, moneyText, type Decimal } from '@billingrails/money';
import type { InvoiceLine } from '../../invoices/domain/invoice';
import type { CycleShare } from '@billingrails/rating';
import { amountText, exactAmountText, quantityText } from '../format-number';
import { stepText } from './step-views';
import type { Words } from '../words';

/** How a line's amount came about, exactly, and what it was rounded to. */
export type ArithmeticView = (FormulaView | StepsView) & {
  /** The line's amount where it differs from the exact one; unset where nothing was rounded away. */
  readonly rounded?: string;
  /**
   * What became of the steps' sum, where they are not the line's exact amount: a share, a credit, what was billed
   * before.
   */
  readonly ending?: string;
};

/** One step needs no table. */
export interface FormulaView {
  readonly kind: 'formula';
  readonly formula: string;
}

export interface StepsView {
  readonly kind: 'steps';
  readonly steps: readonly StepView[];
  readonly sum: string;
}

/** calculation = amount. */
export interface StepView {
  readonly label: string;
  readonly calculation: string;
  readonly amount: string;
}

export function arithmeticView(line: InvoiceLine, words: Words): ArithmeticView {
  const { amount, exactAmount } = line;
  const isExact = exactAmount.eq(decimal(moneyText(amount)));
  const ending = endingText(line, words);
  return {
    ...stepsView(line, words),
    ...(ending === '' ? {} : { ending }),
    ...(isExact ? {} : { rounded: amountText(amount, words.locale) }),
  };
}

/**
 * "for 16 of 31 days of the cycle, less 3.00 billed before, credited: −15.48…"; empty where the steps sum to the line.
 */
function endingText(line: InvoiceLine, { endings, locale }: Words): string {
  const { share, credited, billedAmount, exactAmount, amount } = line;
  const money = (value: Decimal) => exactAmountText(value, amount.currencyCode, locale);
  const parts = [
    ...(share === undefined ? [] : [endings.ofTheCycle(shareText(share, endings, locale))]),
    ...(billedAmount.isZero() ? [] : [endings.lessBilledBefore(money(billedAmount))]),
    ...(credited ? [endings.credited] : []),
  ];
  if (parts.length === 0) return '';
  // A share may go on for dozens of digits, of which nobody reads more than these.
  const shown = decimal(exactAmount.divide(decimal(1n), SHOWN_DIGITS, 'half').toString());
  return `${parts.join(', ')}: ${money(shown)}`;
}

const SHOWN_DIGITS = 8;
/** No cycle has as many days; what is more is counted in milliseconds. */
const DAYS_MAX = 10_000n;

function shareText({ from, until }: CycleShare, endings: Words['endings'], locale: string): string {
  const whole = from.whole > until.whole ? from.whole : until.whole;
  const part = (until.part * whole) / until.whole - (from.part * whole) / from.whole;
  const number = (value: Decimal) => quantityText(value, locale);
  if (whole < DAYS_MAX) return endings.days(number(decimal(part)), number(decimal(whole)));
  const seconds = (ms: bigint) => number(decimal(ms).divide(decimal(1000n), 3, 'half'));
  return endings.seconds(seconds(part), seconds(whole));
}

function stepsView({ steps, amount }: InvoiceLine, words: Words): FormulaView | StepsView {
  const { currencyCode } = amount;
  const views = steps.map((step) => ({
    ...stepText(step, currencyCode, words),
    amount: exactAmountText(step.amount, currencyCode, words.locale),
  }));
  const [only] = views;
  if (only !== undefined && views.length === 1)
    return { kind: 'formula', formula: formulaOf(only) };
  const sum = steps.reduce((total, step) => total.add(step.amount), decimal(0n));
  return { kind: 'steps', steps: views, sum: exactAmountText(sum, currencyCode, words.locale) };
}

function formulaOf({ label, calculation, amount }: StepView): string {
  const where = label === '' ? '' : `${label}: `;
  return calculation === amount ? `${where}${amount}` : `${where}${calculation} = ${amount}`;
}
