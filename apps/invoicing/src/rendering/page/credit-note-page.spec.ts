import { decimal } from '@billingrails/money';
import { linesOf } from '../../invoices/domain/invoice';
import { CREDIT_NOTES, sampleCreditNote, sampleInvoice } from '../../e-invoices/testing/samples';
import { pageText } from '../../testing/page-text';
import { flatCharge } from '../../testing/posted-bills';
import { creditNotePage } from '../credit-note-document';
import { LANGUAGES, WORDS } from '../words';

type Sample = keyof typeof CREDIT_NOTES;

function pageOf(name: Sample, language: keyof typeof WORDS = 'en'): string {
  const [creditNote, invoice] = CREDIT_NOTES[name];
  return creditNotePage({ creditNote, invoice }, WORDS[language]);
}

test('the page says what is taken back of which invoice, why, from whom and to whom, and where it goes', () => {
  const text = pageText(pageOf('whole'));
  expect(text).toContain('Credit note CN-000003 Total credited');
  expect(text).toContain('Invoice INV-000017 Date of invoice 1 November 2026');
  expect(text).toContain('Date of issue 9 November 2026');
  expect(text).toContain('Credited to Strawberry Fields Ltd Feldweg 3 20095 Hamburg Germany');
  expect(text).toContain('From Penny Lane GmbH');
  expect(text).toContain('As agreed');
  expect(text).toMatch(/Net amount [\d,.]+ EUR VAT 19 % on .* VAT 7 % on .* Total credited/);
  expect(text).toMatch(/Taken off what is open of INV-000017 [\d,.]+ EUR/);
  expect(text).toContain("Put on the account's balance 0.01 EUR");
  expect(text).not.toContain('Paid back');
});

test('of a part of a line it says how much, and prices that include tax are taken back without it', () => {
  const text = pageText(pageOf('parts'));
  // 2.5 of 12.5 hours at 80.00 with 19 % in it, less 10 %: 180.00 ÷ 1.19.
  expect(text).toContain('Advice 2.5 hours 151.26');
  expect(text).toMatch(/VAT 19 % on 151\.26 28\.74 EUR/);
  expect(text).not.toContain('included');
});

test.each(Object.keys(CREDIT_NOTES) as Sample[])(
  '"%s": lines sum to the net amount, with taxes to the total, and so does where it goes',
  (name) => {
    const [, body = ''] = pageText(pageOf(name)).split('Amount, EUR');
    const figures = (pattern: RegExp) =>
      [...body.matchAll(pattern)].map(([, figure = '']) => Number(figure.replaceAll(/[,.]/g, '')));
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const [total = Number.NaN] = figures(/Total credited ([\d,.]+) EUR/g);
    const net = figures(/Net amount ([\d,.]+) EUR/g);
    const taxes = figures(/(?: on [\d,.]+|reverse charge) ([\d,.]+) EUR/g);
    const goes = figures(/(?:of INV-000017|balance|Paid back|prepaid credits) ([\d,.]+) EUR/g);
    expect([sum(net) + sum(taxes), sum(goes)]).toEqual([total, total]);
  },
);

test('a reverse charge is said on the credit note too', () => {
  expect(pageText(pageOf('reverse-charge'))).toContain('reverse charge');
});

test.each(LANGUAGES)('in %s the head and the sums are said in its words', (language) => {
  const { creditNote, credit } = WORDS[language];
  const text = pageText(pageOf('whole', language));
  for (const said of [creditNote, credit.total, credit.creditedTo, credit.dateOfInvoice])
    expect(text).toContain(said);
  expect(text).toContain(credit.takenOff('INV-000017'));
});

test('names are shown as written, whatever they hold', () => {
  const name = '<b>שלום</b> & 👩‍💻';
  const invoice = sampleInvoice({ bill: { lines: [flatCharge(name, '10')] } });
  const [creditNote] = sampleCreditNote(invoice, (lines) => [
    { lineId: lines[0]?.id ?? '', part: { kind: 'quantity', quantity: decimal('0.5') } },
  ]);
  expect(linesOf(invoice)).toHaveLength(1);
  const page = creditNotePage({ creditNote, invoice }, WORDS.en);
  expect(page).toContain('&lt;b&gt;שלום&lt;/b&gt; &amp; 👩‍💻');
  expect(page).not.toContain('<b>');
});
