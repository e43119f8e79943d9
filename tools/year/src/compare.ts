import type { ExpectedInvoice, ExpectedLine } from '@billingrails/recompute';
import type { Invoiced } from './collect';

/** A line that is not as it must be, or a bill, or an invoice. */
export interface YearDifference {
  readonly subscription: string;
  /** Of the bill, in its subscription. */
  readonly bill: number;
  /** Unset: there must be none. */
  readonly expected?: ExpectedLine | string;
  /** Unset: there is none. */
  readonly invoiced?: ExpectedLine | string;
  /** The bill that a preview showed, where another was made. */
  readonly shown?: string;
  readonly billed?: string;
}

/** Compares which bills are one invoice, of an invoice in any order. */
export function compareInvoices(
  expected: readonly Pick<ExpectedInvoice, 'bills'>[],
  invoiced: readonly Pick<ExpectedInvoice, 'bills'>[],
): YearDifference[] {
  const textsOf = (invoices: readonly Pick<ExpectedInvoice, 'bills'>[]) =>
    invoices.map(({ bills }) => [...bills].sort().join(', '));
  const [wanted, found] = [textsOf(expected), textsOf(invoiced)];
  const differing = [
    ...wanted.filter((text) => !found.includes(text)).map((text) => ({ expected: text })),
    ...found.filter((text) => !wanted.includes(text)).map((text) => ({ invoiced: text })),
  ];
  return differing.map((each) => ({ subscription: 'an invoice', bill: -1, ...each }));
}

/** Compares every line with the recomputation; of a bill the lines in any order. */
export function compareLines(
  expected: readonly Invoiced[],
  invoiced: readonly Invoiced[],
): YearDifference[] {
  const [wanted, found] = [byBill(expected), byBill(invoiced)];
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
    const [want, has] = [wanted.get(key), found.get(key)];
    const { subscription, number: bill } = (want ?? has) as Invoiced;
    const one = { subscription, bill };
    if (want === undefined)
      return [{ ...one, invoiced: 'a bill' as const }, ...linesOf(one, [], has?.lines)];
    if (has === undefined)
      return [{ ...one, expected: 'a bill' as const }, ...linesOf(one, want.lines, [])];
    return linesOf(one, want.lines, has.lines);
  });
}

function byBill<T extends Pick<Invoiced, 'subscription' | 'number'>>(
  bills: readonly T[],
): Map<string, T> {
  const map = new Map<string, T>();
  for (const bill of bills) {
    const key = `${bill.subscription}/${bill.number}`;
    // A bill that was invoiced twice is one too many.
    map.set(map.has(key) ? `${key} again` : key, bill);
  }
  return map;
}

function linesOf(
  of: Pick<YearDifference, 'subscription' | 'bill'>,
  expected: readonly ExpectedLine[],
  invoiced: readonly ExpectedLine[] = [],
): YearDifference[] {
  const missing = without(expected, invoiced);
  const extra = without(invoiced, expected);
  return Array.from({ length: Math.max(missing.length, extra.length) }, (_, index) => {
    const [want, has] = [missing[index], extra[index]];
    return { ...of, ...(want && { expected: want }), ...(has && { invoiced: has }) };
  });
}

/** What of the one list is not in the other, each as often as it is missing. */
function without(lines: readonly ExpectedLine[], others: readonly ExpectedLine[]): ExpectedLine[] {
  const left = others.map(textOf);
  return lines
    .filter((line) => {
      const at = left.indexOf(textOf(line));
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    })
    .sort((a, b) => (a.description + a.startMs < b.description + b.startMs ? -1 : 1));
}

function textOf(line: ExpectedLine): string {
  return JSON.stringify(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1)));
}
