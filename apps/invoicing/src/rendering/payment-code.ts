import { moneyText } from '@billingrails/money';
import qrcode from 'qrcode-generator';
import { amountDueOf, type Invoice } from '../invoices/domain/invoice';

/** A square of dark and light modules, without the light margin of four around it that it needs. */
export interface QrCode {
  /** Modules in a row. */
  readonly size: number;
  /** From the upper left. */
  readonly isDark: (row: number, column: number) => boolean;
}

/**
 * What a bank's program reads to fill in the payment of an invoice: the European Payments Council's "Quick response
 * code: guidelines to enable data capture for the initiation of a SEPA credit transfer", EPC069-12, version 002.
 * Undefined where none can be made: for other currencies than the euro, drafts, and where nothing is due or it is not
 * said to whom.
 */
export function paymentCodeText(invoice: Invoice): string | undefined {
  const { bankAccount } = invoice.terms;
  const due = amountDueOf(invoice);
  const name = bankAccount?.holder || invoice.assessment?.seller?.name || '';
  if (invoice.status === 'draft' || bankAccount === undefined || name === '') return undefined;
  const { currencyCode, minorUnits } = due;
  if (currencyCode !== 'EUR' || minorUnits <= 0n || minorUnits > MINOR_UNITS_MAX) return undefined;
  const text = [
    'BCD',
    '002',
    UTF_8,
    'SCT',
    bankAccount.bic,
    [...plain(name)].slice(0, NAME_MAX).join(''),
    bankAccount.iban,
    `EUR${moneyText(due)}`,
    // Neither a purpose nor a reference with check digits.
    ...['', ''],
    plain(invoice.number),
  ].join('\n');
  return Buffer.byteLength(text) > BYTES_MAX ? undefined : text;
}

const UTF_8 = '1';
const NAME_MAX = 70;
const BYTES_MAX = 331;
/** 999,999,999.99 EUR. */
const MINOR_UNITS_MAX = 99_999_999_999n;

/** A field is a line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** Writes a text, in UTF-8, with so much said twice that 15 % of it may be unreadable (level M, as EPC069-12 wants). */
export function qrCode(text: string): QrCode {
  const code = qrcode(SMALLEST_THAT_FITS, 'M');
  // It takes characters for bytes.
  code.addData(Buffer.from(text).toString('latin1'), 'Byte');
  code.make();
  return {
    size: code.getModuleCount(),
    isDark: (row, column) => code.isDark(row, column),
  };
}

const SMALLEST_THAT_FITS = 0;
