import type { ExpectedLine } from '../bills/expected';
import type { ExpectedInvoice } from '../bills/invoices';
import type { TaxesBook, TaxRateBook } from '../history/invoicing';
import { compare, rational, ZERO } from '../rational';

/** What taxes are on a line, in words. */
export function taxesOn(
  { sellerCountry, rates, customers, fees }: TaxesBook,
  { account, dueMs }: ExpectedInvoice,
  line: ExpectedLine,
): string[] {
  const customer = customers.find((each) => each.account === account);
  // Whichever comes first: the last instant of what it is for, or the invoice.
  const atMs = Math.min(line.endMs - 1, dueMs);
  if (atMs < (customer?.exemptUntilMs ?? -Infinity)) return ['Exempt 0'];
  const named = line.covers === '' ? line.description : line.covers;
  const fee = fees.find((each) => named === each.fee || named.startsWith(`${each.fee} (`));
  const country = customer?.country ?? sellerCountry;
  const holding = new Map<string, TaxRateBook>();
  for (const rate of rates) {
    const { category, fromMs = -Infinity } = rate;
    if (rate.country !== country || fromMs > atMs) continue;
    if (category !== undefined && category !== fee?.category) continue;
    const before = holding.get(rate.name);
    if (before === undefined || isCloser(rate, before)) holding.set(rate.name, rate);
  }
  const own = [...holding.values()];
  const isOwed = own.some(({ percent }) => compare(rational(percent), ZERO) !== 0);
  return own.map(({ name, percent, compound = false }) =>
    [
      `${name} ${percent}`,
      ...(isOwed && fee?.included === true ? ['included'] : []),
      ...(compound ? ['compound'] : []),
    ].join(' '),
  );
}

function isCloser(rate: TaxRateBook, before: TaxRateBook): boolean {
  const [own, other] = [rate, before].map(({ category }) => Number(category !== undefined));
  if (own !== other) return (own ?? 0) > (other ?? 0);
  return (rate.fromMs ?? -Infinity) >= (before.fromMs ?? -Infinity);
}
