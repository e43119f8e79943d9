import { decimalText, minorDigits, moneyText, type Decimal, type Money } from '@billingrails/money';

/** `18059974.5` → `18,059,974.5` in English: every digit, grouped as the locale does, with a real minus sign. */
export function quantityText(quantity: Decimal, locale: string): string {
  return grouped(decimalText(quantity), locale);
}

/** `1234.5 USD` → `1,234.50`, with exactly the currency's minor digits. */
export function amountText(amount: Money, locale: string): string {
  return grouped(moneyText(amount), locale);
}

/** An exact amount or price in major units: `20` USD → `20.00`, `0.0000025` as it is. Never rounded. */
export function exactAmountText(amount: Decimal, currencyCode: string, locale: string): string {
  const [whole = '', fraction = ''] = decimalText(amount).split('.');
  const shown = fraction.padEnd(minorDigits(currencyCode), '0');
  return grouped(shown === '' ? whole : `${whole}.${shown}`, locale);
}

/** A whole number: `8819` → `8,819`. */
export function countText(count: bigint, locale: string): string {
  return grouped(count.toString(), locale);
}

/**
 * Only the whole part is grouped: a price of 0.0000025 stays readable as it is. Intl would cut a fraction at 20 digits,
 * so it is not asked for that.
 */
function grouped(plain: string, locale: string): string {
  const { whole: format, point } = formatOf(locale);
  const sign = plain.startsWith('-') ? '\u2212' : '';
  const [whole = '', fraction] = plain.replace('-', '').split('.');
  const start = `${sign}${format.format(BigInt(whole))}`;
  return fraction === undefined ? start : `${start}${point}${fraction}`;
}

interface NumberFormat {
  readonly whole: Intl.NumberFormat;
  readonly point: string;
}

const formats = new Map<string, NumberFormat>();

/** Made once a locale: making one takes longer than a hundred figures. */
function formatOf(locale: string): NumberFormat {
  const known = formats.get(locale);
  if (known !== undefined) return known;
  const whole = new Intl.NumberFormat(locale);
  const point = whole.formatToParts(0.5).find(({ type }) => type === 'decimal')?.value ?? '.';
  const made = { whole, point };
  formats.set(locale, made);
  return made;
}
