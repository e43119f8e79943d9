import { decimal, moneyText } from '@billingrails/money';
import type { InvoiceLine } from '../invoices/domain/invoice';
import { amountText, exactAmountText } from './format-number';
import { stepText } from './step-views';

/** How a line's amount came about, exactly, and what it was rounded to. */
export type ArithmeticView = (FormulaView | StepsView) & {
  /** The line's amount where it differs from the exact one; unset where nothing was rounded away. */
  readonly rounded?: string;
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

export function arithmeticView(line: InvoiceLine): ArithmeticView {
  const { amount, exactAmount } = line;
  const isExact = exactAmount.eq(decimal(moneyText(amount)));
  return { ...stepsView(line), ...(isExact ? {} : { rounded: amountText(amount) }) };
}

function stepsView({ steps, amount, exactAmount }: InvoiceLine): FormulaView | StepsView {
  const { currencyCode } = amount;
  const views = steps.map((step) => ({
    ...stepText(step, currencyCode),
    amount: exactAmountText(step.amount, currencyCode),
  }));
  const [only] = views;
  if (only !== undefined && views.length === 1)
    return { kind: 'formula', formula: formulaOf(only) };
  return { kind: 'steps', steps: views, sum: exactAmountText(exactAmount, currencyCode) };
}

function formulaOf({ label, calculation, amount }: StepView): string {
  const where = label === '' ? '' : `${label}: `;
  return calculation === amount ? `${where}${amount}` : `${where}${calculation} = ${amount}`;
}
