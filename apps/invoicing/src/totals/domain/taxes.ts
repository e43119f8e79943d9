import { decimal, type Decimal } from '@billingrails/money';
import { fractionOf, wholeParts, type Fraction } from './fraction';

/** A tax's rate. The same object on several lines is one tax. */
export interface Rate {
  /** At least 0. */
  readonly percent: Decimal;
  /** Whether it is also owed on the taxes of the same line that are not compound. */
  readonly compound: boolean;
}

/** A line as its taxes see it. */
export interface TaxableLine<R extends Rate = Rate> {
  /** In minor units, less discounts and credits. */
  readonly amount: bigint;
  /** Whether the amount includes its taxes. */
  readonly included: boolean;
  /** Each once. */
  readonly rates: readonly R[];
}

/** Where taxes are rounded: once for each rate on the invoice, or on each line. Half away from zero. */
export type TaxRounding = 'invoice' | 'line';

/** A tax of one rate, in minor units. */
export interface Tax<R extends Rate = Rate> {
  readonly rate: R;
  readonly included: boolean;
  /** The net amounts of its lines; of a compound tax with the line's taxes that are not. */
  readonly base: bigint;
  readonly amount: bigint;
  /** By line; they sum to the amount. */
  readonly parts: readonly LinePart[];
}

export interface LinePart {
  /** The line's place. */
  readonly line: number;
  readonly amount: bigint;
}

export interface Taxes<R extends Rate = Rate> {
  /** Those that are not compound first; in the order of the lines and their rates. */
  readonly taxes: readonly Tax<R>[];
  /** What each line comes to without tax. */
  readonly nets: readonly bigint[];
}

/**
 * The taxes of lines. On top of a net amount n a rate r comes to n × r, a compound one to (n + the others of the line)
 * × r. Where an amount g includes them, with t(r) = r, of a compound one r × (1 + the sum of the others), each is
 * g × t(r) ÷ (1 + the sum of all t), and the net amount is what they leave of g: so net and taxes always sum to g.
 */
export function taxLines<R extends Rate>(
  lines: readonly TaxableLine<R>[],
  rounding: TaxRounding,
): Taxes<R> {
  const places = lines.map((_, place) => place);
  const groups = rounding === 'invoice' ? [places] : places.map((place) => [place]);
  const parts = groups.flatMap((group) => taxedTogether(lines, group));
  const onLine = sumsByLine(parts, lines.length);
  const nets = lines.map(({ amount, included }, place) =>
    included ? amount - (onLine[place] ?? 0n) : amount,
  );
  return { nets, taxes: taxesOf(parts, nets) };
}

interface Part<R extends Rate> extends LinePart {
  readonly rate: R;
  readonly included: boolean;
}

/** The parts of taxes that are rounded together. */
function taxedTogether<R extends Rate>(
  lines: readonly TaxableLine<R>[],
  places: readonly number[],
): Part<R>[] {
  const parts: Part<R>[] = [];
  const others = new Map<number, bigint>();
  for (const compound of [false, true]) {
    for (const included of [false, true]) {
      const concerned = places.filter((place) => lines[place]?.included === included);
      const rates = new Set(concerned.flatMap((place) => lines[place]?.rates ?? []));
      for (const rate of [...rates].filter((each) => each.compound === compound)) {
        const taxed = concerned.filter((place) => lines[place]?.rates.includes(rate));
        const exact = taxed.map((place) =>
          taxOf(lines[place] as TaxableLine, rate, others.get(place) ?? 0n),
        );
        for (const [index, amount] of wholeParts(exact).entries()) {
          const line = taxed[index] ?? 0;
          parts.push({ rate, included, line, amount });
          if (!compound) others.set(line, (others.get(line) ?? 0n) + amount);
        }
      }
    }
  }
  return parts;
}

/** What a rate comes to on a line, exactly; `others` are the line's taxes that are not compound. */
function taxOf({ amount, included, rates }: TaxableLine, rate: Rate, others: bigint): Fraction {
  if (!included) {
    const base = rate.compound ? amount + others : amount;
    return fractionOf(base, factorOf(rate), ONE);
  }
  const simple = rates
    .filter(({ compound }) => !compound)
    .reduce((sum, each) => sum.add(factorOf(each)), ZERO);
  const onNet = (each: Rate) =>
    each.compound ? factorOf(each).mul(ONE.add(simple)) : factorOf(each);
  const whole = rates.reduce((sum, each) => sum.add(onNet(each)), ONE);
  return fractionOf(amount, onNet(rate), whole);
}

function taxesOf<R extends Rate>(parts: readonly Part<R>[], nets: readonly bigint[]): Tax<R>[] {
  const simple = sumsByLine(
    parts.filter(({ rate }) => !rate.compound),
    nets.length,
  );
  const baseOf = ({ rate, line }: Part<R>): bigint =>
    (nets[line] ?? 0n) + (rate.compound ? (simple[line] ?? 0n) : 0n);
  const taxes: (Tax<R> & { parts: LinePart[] })[] = [];
  for (const part of [...parts].sort(simpleFirst)) {
    const { rate, included, line, amount } = part;
    const at = taxes.findIndex((tax) => tax.rate === rate && tax.included === included);
    const before = taxes[at] ?? { rate, included, base: 0n, amount: 0n, parts: [] };
    taxes[at < 0 ? taxes.length : at] = {
      ...before,
      base: before.base + baseOf(part),
      amount: before.amount + amount,
      parts: [...before.parts, { line, amount }],
    };
  }
  return taxes;
}

const ZERO = decimal(0n);
const ONE = decimal(1n);
const HUNDREDTH = decimal('0.01');

function factorOf({ percent }: Rate): Decimal {
  return percent.mul(HUNDREDTH);
}

function sumsByLine(parts: readonly LinePart[], count: number): bigint[] {
  const sums = Array.from({ length: count }, () => 0n);
  for (const { line, amount } of parts) sums[line] = (sums[line] ?? 0n) + amount;
  return sums;
}

function simpleFirst(a: Part<Rate>, b: Part<Rate>): number {
  return Number(a.rate.compound) - Number(b.rate.compound) || a.line - b.line;
}
