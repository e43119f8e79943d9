import { moneyText } from '@billingrails/money';
import type { Allowance, ELine, Sums } from './e-invoice';
import { vatKey, type VatCategory } from './vat-category';

/** What sums are made of, in minor units. */
export interface Parts {
  readonly currencyCode: string;
  readonly lines: readonly (Omit<ELine, 'id' | 'amount'> & { readonly net: bigint })[];
  /** Taken off where above 0. */
  readonly reductions: readonly Reduction[];
  readonly taxes: readonly { readonly vat: VatCategory; readonly amount: bigint }[];
  readonly paid: bigint;
}

export interface Reduction {
  readonly reason: string;
  readonly amount: bigint;
  readonly vat: VatCategory;
}

/**
 * Adds up as EN 16931 does (BR-CO-10 to BR-CO-16): all sums are of amounts that stand on the document. Reductions of
 * the same reason that are taxed alike are one; what a category comes to is the sum of its taxes as they were charged.
 */
export function sumsOf({ currencyCode, lines, reductions, taxes, paid }: Parts): Sums {
  const text = (minorUnits: bigint) => moneyText({ currencyCode, minorUnits });
  const joined = joinedReductions(reductions).filter(({ amount }) => amount !== 0n);
  const allowances = joined.map(({ reason, amount, vat }): Allowance => {
    const isCharge = amount < 0n;
    return { isCharge, reason, amount: text(isCharge ? -amount : amount), vat };
  });
  const off = sum(joined.map(({ amount }) => (amount > 0n ? amount : 0n)));
  const on = sum(joined.map(({ amount }) => (amount < 0n ? -amount : 0n)));
  const whole = sum(lines.map(({ net }) => net));
  const tax = sum(taxes.map(({ amount }) => amount));
  const net = whole - off + on;
  return {
    lines: lines.map(({ net: amount, ...line }, place) => ({
      ...line,
      id: String(place + 1),
      amount: text(amount),
    })),
    allowances,
    vat: vatSums(lines, joined, taxes).map(({ base, amount, category }) => ({
      ...{ category, base: text(base), amount: text(amount) },
    })),
    totals: {
      lines: text(whole),
      allowances: text(off),
      charges: text(on),
      net: text(net),
      vat: text(tax),
      gross: text(net + tax),
      paid: text(paid),
      due: text(net + tax - paid),
    },
  };
}

function joinedReductions(reductions: readonly Reduction[]): Reduction[] {
  const joined = new Map<string, Reduction>();
  for (const each of reductions) {
    const key = `${vatKey(each.vat)} ${each.reason}`;
    const before = joined.get(key)?.amount ?? 0n;
    joined.set(key, { ...each, amount: before + each.amount });
  }
  return [...joined.values()];
}

interface VatParts {
  readonly category: VatCategory;
  readonly base: bigint;
  readonly amount: bigint;
}

/** In the order of the lines. */
function vatSums(
  lines: Parts['lines'],
  reductions: readonly Reduction[],
  taxes: Parts['taxes'],
): VatParts[] {
  const sums = new Map<string, VatParts>();
  const add = (vat: VatCategory, base: bigint, amount: bigint): void => {
    const before = sums.get(vatKey(vat)) ?? {
      category: { ...vat, reason: '' },
      base: 0n,
      amount: 0n,
    };
    sums.set(vatKey(vat), {
      category: { ...vat, reason: withReason(before.category.reason, vat.reason) },
      base: before.base + base,
      amount: before.amount + amount,
    });
  };
  for (const { vat, net } of lines) add(vat, net, 0n);
  for (const { vat, amount } of reductions) add(vat, -amount, 0n);
  for (const { vat, amount } of taxes) add(vat, 0n, amount);
  return [...sums.values()];
}

/** Each reason once. */
function withReason(reasons: string, reason: string): string {
  const all = new Set([...reasons.split(BETWEEN), reason]);
  return [...all].filter((each) => each !== '').join(BETWEEN);
}

const BETWEEN = ' · ';

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
