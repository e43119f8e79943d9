import { derivedId } from '@billingrails/ids';
import { decimal, moneyText, sumMoney, toMoney } from '@billingrails/money';
import { readPicture } from '../../branding/images/read-picture';
import { jpegOf, pngOf } from '../../branding/testing/pictures';
import type { PostedBill } from '../../intake/domain/posted-bill';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { linesOf, type Invoice } from '../../invoices/domain/invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import { pdfPages } from '../../testing/pdf-text';
import { flatCharge, postedBill, usageCharge } from '../../testing/posted-bills';
import { sampleCreditNote, sampleInvoice } from '../../e-invoices/testing/samples';
import { WORDS, type Language } from '../words';
import { inChunks } from '../chunks';
import { creditNotePdf } from '../credit-note-document';
import { invoicePdf } from '../invoice-document';
import { isolated, textRuns } from './text-runs';

function invoiceOf(changes: Partial<PostedBill> = {}): Invoice {
  const finalizeMs = Date.UTC(2026, 10, 1, 0, 1, 12);
  return finalizeInvoice(buildInvoice(postedBill(changes)), 'INV-000017', finalizeMs);
}

async function pdfOf(invoice: Invoice, language: Language = 'en'): Promise<Buffer> {
  return bytesOf(invoicePdf(invoice, WORDS[language]));
}

async function bytesOf(pdf: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of pdf) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** A credit note of 70 lines. */
function creditOfMany() {
  const lines = Array.from({ length: 70 }, (_, index) => flatCharge(`Seat-${index}!`, '1.50'));
  const [creditNote, invoice] = sampleCreditNote(sampleInvoice({ bill: { lines } }), () => []);
  return { creditNote, invoice };
}

/** What each of them reads as, by page. They are read together: to start the reader takes longer than to read. */
let read: Record<'english' | 'french' | 'long' | 'steps' | 'wide' | 'credit', string[]>;

beforeAll(async () => {
  const [english = [], french = [], long = [], steps = [], wide = [], credit = []] = await pdfPages(
    [
      await pdfOf(invoiceOf()),
      await pdfOf(invoiceOf(), 'fr'),
      await pdfOf(longInvoice),
      await pdfOf(invoiceOf({ lines: [usageCharge('Calls', { tiers: manyTiers })] })),
      await pdfOf(wideInvoice),
      await bytesOf(creditNotePdf(creditOfMany(), WORDS.de)),
    ],
  );
  read = { english, french, long, steps, wide, credit };
});

const longInvoice = invoiceOf({
  lines: Array.from({ length: 45 }, (_, index) => {
    const tiers = [{ quantity: String(index + 1), unitAmount: '0.105' }];
    return usageCharge(`Calls-${index}!`, { tiers });
  }),
});

const manyTiers = Array.from({ length: 90 }, (_, index) => ({
  ...{ above: String(index * 10), upTo: String(index * 10 + 10) },
  ...{ quantity: '10', unitAmount: '1' },
}));

const wideName = 'n'.repeat(500);
const wideFigure = '99999999999999999999.999999999999999999';
const wideInvoice = invoiceOf({
  ...{ accountName: wideName, planName: wideName },
  lines: [
    usageCharge(wideName, {
      unit: 'u'.repeat(64),
      tiers: [{ quantity: wideFigure, unitAmount: wideFigure }],
    }),
  ],
});

test('the PDF says what the page says, with the arithmetic of every line', () => {
  const [text = '', ...more] = read.english;
  expect(more).toEqual([]);
  expect(text).toContain('INV-000017');
  expect(text).toContain('Strawberry Fields Ltd');
  expect(text).toContain('42.61 USD');
  expect(text).toContain('8,059,974 × 0.0000025');
  expect(text).toContain('20.149935');
  expect(text).toContain('245,896 × 0.00001 = 2.45896, rounded to 2.46');
  expect(text).toContain('Page 1 of 1');
});

test('in another language it says all in it', () => {
  const [text = ''] = read.french;
  expect(text).toContain('Facture INV-000017');
  expect(text).toContain('42,61 USD');
  expect(text).toContain('Page 1 sur 1');
});

test('a long invoice repeats the head of its table on every page, and carries the sum of the lines before', () => {
  const pages = read.long;
  expect(pages.length).toBeGreaterThan(2);
  const amounts = linesOf(longInvoice).map(({ amount }) => amount);
  let before = 0;
  for (const [index, page] of pages.entries()) {
    expect(page).toContain('Description');
    expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    const carried = (count: number) => moneyText(sumMoney(amounts.slice(0, count), 'USD'));
    if (index > 0) expect(page).toContain(`Brought forward ${carried(before)}`);
    before += page.match(/Calls-\d+!/g)?.length ?? 0;
    if (index < pages.length - 1) expect(page).toContain(`Carried forward ${carried(before)}`);
  }
  expect(before).toBe(amounts.length);
});

test('a long credit note is laid out as an invoice is: every page has the head of its table, and sums are carried', () => {
  const pages = read.credit;
  expect(pages.length).toBeGreaterThan(1);
  const text = pages.join(' ');
  expect(text.match(/Seat-\d+!/g)).toHaveLength(70);
  for (const page of pages.slice(0, -1)) expect(page).toContain('Beschreibung');
  expect(pages[1]).toMatch(/^ ?Beschreibung .*Übertrag \d/);
  expect(text).toContain('Rechnungskorrektur CN-000003');
  expect(text).toContain('Gutgeschrieben 124,95 EUR');
});

test('a table of steps that is longer than a page goes on on the next, and no step is lost', () => {
  const pages = read.steps;
  expect(pages.length).toBeGreaterThan(1);
  const text = pages.join(' ');
  for (const { upTo } of manyTiers) expect(text).toContain(`up to ${upTo}`);
});

test('the same invoice is the same document, byte by byte', async () => {
  const [one, two] = [await pdfOf(invoiceOf()), await pdfOf(invoiceOf())];
  expect(one.equals(two)).toBe(true);
  expect(one.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
});

test.each([
  ['PNG', pngOf(300, 100, [200, 0, 0])],
  ['JPEG', jpegOf(300, 100)],
])(
  'a logo that is a %s is on the PDF, which is the same document each time',
  async (_kind, bytes) => {
    const logo = { id: derivedId('logo', 'one'), ...readPicture(bytes, 'content') };
    const plain = await pdfOf(invoiceOf());
    const drawn = () => bytesOf(invoicePdf(invoiceOf(), WORDS.en, { isVoid: false, logo }));
    const [one, two] = [await drawn(), await drawn()];
    expect(one.equals(two)).toBe(true);
    expect(one.toString('latin1')).toContain('/Subtype /Image');
    expect(plain.toString('latin1')).not.toContain('/Subtype /Image');
  },
);

test('the longest names and figures are all there, on lines as wide as their column', () => {
  const text = read.wide.join(' ').replaceAll(' ', '');
  expect(text.match(/n{20,}/g)?.join('').length).toBeGreaterThanOrEqual(1500);
  expect(text).toContain('99,999,999,999,999,999,999.999999999999999999');
  const total = toMoney(decimal(wideFigure).mul(decimal(wideFigure)), 'USD');
  expect(text.replaceAll(',', '')).toContain(moneyText(total));
});

test.each([
  ['Hello', ['Hello']],
  ['Привет Γειά', ['Привет Γειά']],
  // Brackets between words that are read from right to left open on the right.
  ['שלום (עולם)', ['(', 'עולם', ')', ' ', 'שלום']],
  // Figures inside are read from left to right.
  ['a שלום 12 b', ['a ', '12', ' ', 'שלום', ' b']],
  [`${isolated('שלום')} 12`, ['שלום', ' ', '12']],
  ['東京 12', ['東京 ', '12']],
  ['👩‍💻 x', ['👩💻 ', 'x']],
  // No family has the hieroglyph.
  ['\u{13000}', ['\u25a1']],
])('a line of "%s" is drawn as %j', (line, runs) => {
  expect(textRuns(line, 400).map(({ text }) => text)).toEqual(runs);
});

test('parts of a document are as long as asked, none is empty, and together they are all of it', async () => {
  async function* pieces(lengths: readonly number[]) {
    for (const [index, length] of lengths.entries()) yield new Uint8Array(length).fill(index);
  }
  for (const lengths of [[], [3], [10], [4, 4, 4], [25, 1], [1, 25], [0, 5, 0]]) {
    const parts: Uint8Array[] = [];
    for await (const part of inChunks(pieces(lengths), 5)) parts.push(part);
    const whole = lengths.flatMap((length, index) => Array<number>(length).fill(index));
    expect([...Buffer.concat(parts)]).toEqual(whole);
    expect(parts.slice(0, -1).every(({ length }) => length === 5)).toBe(true);
    expect(parts.every(({ length }) => length > 0)).toBe(true);
  }
});
