import { decimal } from '@billingrails/money';
import { DAY_MS } from '@billingrails/time';
import type { UsageByDay } from '../../explanations/use-cases/usage-by-day';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { linesOf, type Invoice } from '../../invoices/domain/invoice';
import { pageText } from '../../testing/page-text';
import { pdfPages } from '../../testing/pdf-text';
import { flatCharge, OCTOBER, postedBill, usageCharge } from '../../testing/posted-bills';
import { invoicePage, invoicePdf } from '../invoice-document';
import { LANGUAGES, WORDS } from '../words';
import { barsPath } from './usage-view';

const invoiceOf = (count: number): Invoice =>
  buildInvoice(
    postedBill({
      lines: [
        flatCharge('Platform', '20.00'),
        ...Array.from({ length: count }, (_, index) =>
          usageCharge(`Calls-${index}!`, { tiers: [{ quantity: '496.5', unitAmount: '1' }] }),
        ),
      ],
    }),
  );

/** Every line used 1, 2, 3 … on the days of October, and half a unit more on the last. */
function usageOf(
  invoice: Invoice,
  changes: Partial<UsageByDay['usages'][number]> = {},
): UsageByDay {
  const [section] = invoice.sections;
  const usages = linesOf(invoice).flatMap((line) => {
    const { usage } = line;
    if (usage === undefined || section === undefined) return [];
    const days = Array.from({ length: 31 }, (_, index) => ({
      period: dayAt(OCTOBER.startMs + index * DAY_MS),
      quantity: decimal(index === 30 ? '31.5' : String(index + 1)),
      eventCount: 1n,
    }));
    return [{ section, line: { ...line, usage }, days, agreement: 'sum' as const, ...changes }];
  });
  return { usages, furtherCount: 0 };
}

function dayAt(startMs: number) {
  return { startMs, endMs: startMs + DAY_MS };
}

function pageOf(usageByDay: UsageByDay | 'unavailable' | undefined, count = 1): string {
  const state = { isVoid: false, ...(usageByDay && { usageByDay }) };
  return invoicePage(invoiceOf(count), WORDS.en, state);
}

test('a page ends with the usage of each line by day, as figures and as bars', () => {
  const page = pageOf(usageOf(invoiceOf(1)));
  const text = pageText(page);
  expect(text).toMatch(/Usage by day Calls-0! 496\.5 unit Usage of 1 ?– ?31 October 2026/);
  expect(text).toContain('Highest: 31.5');
  expect(text).toMatch(/ 1 Oct 1 2 Oct 2 3 Oct 3 4 Oct 4 .* 31 Oct 31\.5 *$/);
  expect(page.match(/M\d+\.1 /g)).toHaveLength(31);
});

test('without the setting, or without usage, nothing is said of it', () => {
  expect(pageText(pageOf(undefined))).not.toContain('Usage by day');
  expect(pageText(pageOf({ usages: [], furtherCount: 0 }))).not.toContain('Usage by day');
});

test('what is not there is said', () => {
  const said = WORDS.en.usageByDay;
  expect(pageText(pageOf('unavailable'))).toContain(`${said.heading} ${said.unavailable}`);
  const further = { ...usageOf(invoiceOf(1)), furtherCount: 1200 };
  expect(pageText(pageOf(further))).toContain('1,200 further lines are left out here.');
});

test.each([
  ['sum', [], 'Nothing was used.'],
  ['gone', [], 'Its days cannot be told any more.'],
  ['no_sum', undefined, 'What is counted is no sum'],
  ['differs', undefined, 'do not come to the quantity of the line'],
] as const)(
  'of days that are "%s" the page says how they stand to the line',
  (agreement, days, text) => {
    const page = pageOf(usageOf(invoiceOf(1), { agreement, ...(days && { days }) }));
    expect(pageText(page)).toContain(text);
  },
);

test('bars reach from 0 to the highest and the lowest day, and the smallest is seen', () => {
  const bars = [
    { top: 0, bottom: 0.75 },
    { top: 0.75, bottom: 0.75 },
    { top: 0.75, bottom: 1 },
  ];
  const chart = { bars, base: 0.75, highest: '3', first: 'a', last: 'b' };
  expect(barsPath(chart)).toBe('M0.1 0h.8V75h-.8zM2.1 75h.8V100h-.8z');
});

test('of many lines the PDF has all days, on pages that say what they are of', async () => {
  const invoice = invoiceOf(30);
  const bytes: Uint8Array[] = [];
  const state = { isVoid: false, usageByDay: usageOf(invoice) };
  for await (const piece of invoicePdf(invoice, WORDS.en, state)) bytes.push(piece);
  const [pages = []] = await pdfPages([Buffer.concat(bytes)]);
  const first = pages.findIndex((page) => page.startsWith('Usage by day'));
  expect(first).toBeGreaterThan(0);
  for (const page of pages.slice(first)) expect(page).toMatch(/^ ?Usage by day/);
  const text = pages.slice(first).join(' ');
  expect(text.match(/31 Oct 31\.5/g)).toHaveLength(30);
  expect(text.match(/15 Oct 15 /g)).toHaveLength(30);
});

test('a span that is longer than a page goes on below its name', async () => {
  const year = Array.from({ length: 365 }, (_, index) => ({
    ...{ period: dayAt(Date.UTC(2026, 0, 1 + index)), quantity: decimal(BigInt(index + 1)) },
    eventCount: 1n,
  }));
  const invoice = invoiceOf(1);
  const state = { isVoid: false, usageByDay: usageOf(invoice, { days: year }) };
  const bytes: Uint8Array[] = [];
  for await (const piece of invoicePdf(invoice, WORDS.de, state)) bytes.push(piece);
  const [pages = []] = await pdfPages([Buffer.concat(bytes)]);
  expect(pages.length).toBeGreaterThan(2);
  for (const page of pages.slice(2))
    expect(page).toMatch(/^ ?Nutzung nach Tagen Calls-0!, Fortsetzung/);
  expect(pages.join(' ')).toContain('31. Dez. 365');
});

test.each(LANGUAGES)('in %s the appendix is said in it', (language) => {
  const words = WORDS[language];
  const invoice = invoiceOf(1);
  const usageByDay = { ...usageOf(invoice), furtherCount: 2 };
  const text = pageText(invoicePage(invoice, words, { isVoid: false, usageByDay }));
  expect(text).toContain(words.usageByDay.heading);
  expect(text).toContain(words.usageByDay.further('2', false));
});
