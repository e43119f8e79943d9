import { decimal, moneyText, type Decimal } from '@billingrails/money';
import type { InvoiceLine, LineTier } from '../invoices/domain/invoice';
import { amountText, exactAmountText, quantityText } from './format-number';

/** How a line's amount came about, exactly, and what it was rounded to. */
export type ArithmeticView = (FormulaView | TiersView) & {
  /** The line's amount where it differs from the exact one; unset where nothing was rounded away. */
  readonly rounded?: string;
};

/** One step needs no table. */
export interface FormulaView {
  readonly kind: 'formula';
  readonly formula: string;
}

export interface TiersView {
  readonly kind: 'tiers';
  readonly tiers: readonly TierView[];
  /** Whether any tier has a flat amount: else its column would only hold zeros. */
  readonly hasFlatAmounts: boolean;
  readonly sum: string;
}

/** quantity × unitAmount + flatAmount = amount. */
export interface TierView {
  readonly range: string;
  readonly quantity: string;
  readonly unitAmount: string;
  readonly flatAmount: string;
  readonly amount: string;
}

export function arithmeticView(line: InvoiceLine): ArithmeticView {
  const { amount, exactAmount } = line;
  const isExact = exactAmount.eq(decimal(moneyText(amount)));
  return { ...steps(line), ...(isExact ? {} : { rounded: amountText(amount) }) };
}

function steps({ tiers, usage, amount, exactAmount }: InvoiceLine): FormulaView | TiersView {
  const money = (value: Decimal) => exactAmountText(value, amount.currencyCode);
  const [first, second] = tiers;
  if (usage === undefined) {
    return { kind: 'formula', formula: `Flat price: ${money(exactAmount)}` };
  }
  if (first !== undefined && second === undefined && first.upTo === undefined) {
    return { kind: 'formula', formula: formulaText(first, money) };
  }
  return {
    kind: 'tiers',
    tiers: tiers.map((tier) => tierView(tier, money)),
    hasFlatAmounts: tiers.some((tier) => !tier.flatAmount.isZero()),
    sum: money(exactAmount),
  };
}

function formulaText(tier: LineTier, money: (value: Decimal) => string): string {
  const { quantity, unitAmount, flatAmount, amount } = tierView(tier, money);
  const flat = tier.flatAmount.isZero() ? '' : ` + ${flatAmount}`;
  return `${quantity} × ${unitAmount}${flat} = ${amount}`;
}

function tierView(tier: LineTier, money: (value: Decimal) => string): TierView {
  return {
    range: rangeText(tier),
    quantity: quantityText(tier.quantity),
    unitAmount: money(tier.unitAmount),
    flatAmount: money(tier.flatAmount),
    amount: money(tier.amount),
  };
}

/** The boundary unit belongs to the lower tier: "up to" includes it, "over" does not. */
function rangeText({ above, upTo }: LineTier): string {
  const over = above.isZero() ? '' : `over ${quantityText(above)}`;
  const until = upTo === undefined ? '' : `up to ${quantityText(upTo)}`;
  return [over, until].filter((part) => part !== '').join(' ') || 'all';
}
