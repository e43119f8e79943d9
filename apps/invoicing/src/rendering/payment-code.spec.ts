import jsQR from 'jsqr';
import { sampleInvoice } from '../e-invoices/testing/samples';
import { invoicePage } from './invoice-document';
import { paymentCodeText, qrCode } from './payment-code';
import { qrPath } from './views/payment-view';
import { WORDS } from './words';

/** A picture of the modules in black and white, four dots each, with the light margin. */
function read(text: string): string | undefined {
  const { size, isDark } = qrCode(text);
  const [dots, margin] = [4, 4];
  const width = (size + 2 * margin) * dots;
  const picture = new Uint8ClampedArray(width * width * 4);
  for (let y = 0; y < width; y += 1)
    for (let x = 0; x < width; x += 1) {
      const [row, column] = [Math.floor(y / dots) - margin, Math.floor(x / dots) - margin];
      const isIn = [row, column].every((each) => each >= 0 && each < size);
      const shade = isIn && isDark(row, column) ? 0 : 255;
      picture.set([shade, shade, shade, 255], (y * width + x) * 4);
    }
  const found = jsQR(picture, width, width);
  return found === null ? undefined : Buffer.from(found.binaryData).toString();
}

const BANK_ACCOUNT = { iban: 'DE02120300000000202051', bic: 'BYLADEM1001', holder: '' };

test('another program reads from the code who is paid how much for what (EPC069-12)', () => {
  const text = paymentCodeText(sampleInvoice()) ?? '';
  expect(read(text)).toBe(text);
  expect(text.split('\n')).toEqual([
    ...['BCD', '002', '1', 'SCT', 'BYLADEM1001', 'Penny Lane GmbH', 'DE02120300000000202051'],
    ...['EUR50.71', '', '', 'INV-000017'],
  ]);
});

test('names of other letters are read as they are, long ones are cut, and none makes a line of its own', () => {
  const holder = `Größe\nÜber ${'東京'.repeat(60)}`;
  const bankAccount = { ...BANK_ACCOUNT, bic: '', holder };
  const text = paymentCodeText(sampleInvoice({ invoicing: { bankAccount } })) ?? '';
  expect(read(text)).toBe(text);
  const lines = text.split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[5]).toBe(holder.replace('\n', ' ').slice(0, 70));
  expect(Buffer.from(text).length).toBeLessThanOrEqual(331);
  expect(qrCode(text).size).toBeLessThanOrEqual(69);
});

test.each([
  ['another currency', { bill: { currencyCode: 'USD' } }],
  ['nothing due', { credits: 5_071n }],
  ['more given back than charged', { balance: 6_000n }],
])('of %s there is none', (_, terms) => {
  expect(paymentCodeText(sampleInvoice(terms))).toBeUndefined();
});

test('the page says where to pay to and shows the code; a void one says that nothing is to be paid', () => {
  const invoice = sampleInvoice();
  const path = qrPath(qrCode(paymentCodeText(invoice) ?? ''));
  const page = invoicePage(invoice, WORDS.en);
  expect(page).toContain(`<path d="${path}"/>`);
  expect(page).toContain('IBAN DE02 1203 0000 0000 2020 51');
  expect(page).not.toContain('class="void"');
  const voided = invoicePage(invoice, WORDS.de, { isVoid: true });
  expect(voided).toContain('<strong>Storniert</strong> Diese Rechnung ist storniert');
  expect(voided).not.toContain('IBAN');
});
