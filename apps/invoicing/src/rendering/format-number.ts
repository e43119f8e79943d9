import { decimalText, minorDigits, moneyText, type Decimal, type Money } from '@billingrails/money';

/** `18059974.5` → `18,059,974.5`: every digit, grouped in thousands, with a real minus sign. */
export function quantityText(quantity: Decimal): string {
  return grouped(decimalText(quantity));
}

/** `1234.5 USD` → `1,234.50`, with exactly the currency's minor digits. */
export function amountText(amount: Money): string {
  return grouped(moneyText(amount));
}

/** An exact amount or price in major units: `20` USD → `20.00`, `0.0000025` as it is. Never rounded. */
export function exactAmountText(amount: Decimal, currencyCode: string): string {
  const [whole = '', fraction = ''] = decimalText(amount).split('.');
  const shown = fraction.padEnd(minorDigits(currencyCode), '0');
  return grouped(shown === '' ? whole : `${whole}.${shown}`);
}

/** A whole number: `8819` → `8,819`. */
export function countText(count: bigint): string {
  return grouped(count.toString());
}

/** Only the whole part is grouped: a price of 0.0000025 stays readable as it is. */
function grouped(plain: string): string {
  const [whole = '', fraction] = plain.replace('-', '\u2212').split('.');
  const groupedWhole = whole.replace(/\d(?=(?:\d{3})+$)/g, '$&,');
  return fraction === undefined ? groupedWhole : `${groupedWhole}.${fraction}`;
}
