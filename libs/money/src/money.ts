import { assert } from '@billingrails/errors';
import { isCurrency, minorDigits } from './currency';
import { type Decimal, decimal } from './decimal';
import { parsePlainDecimal } from './plain-decimal';
import { fitsQuantity } from './quantity';

/** An amount that can be paid: a whole number of a currency's minor units (cents for USD). May be negative. */
export interface Money {
  /** ISO 4217, such as "USD". */
  readonly currencyCode: string;
  readonly minorUnits: bigint;
}

/**
 * An amount in major units as money, rounded half away from zero: 0.005 USD is a cent, -0.005 USD minus a cent.
 * Round once, at the invoice line; totals are sums of rounded lines.
 */
export function toMoney(amount: Decimal, currencyCode: string): Money {
  return { currencyCode, minorUnits: inMinorUnits(amount, currencyCode).roundToInteger() };
}

/** The sum of two amounts of one currency. */
export function addMoney(a: Money, b: Money): Money {
  assert(a.currencyCode === b.currencyCode, 'only amounts of one currency are added');
  return { currencyCode: a.currencyCode, minorUnits: a.minorUnits + b.minorUnits };
}

/** The sum of amounts that are all of this currency; zero when there are none. */
export function sumMoney(amounts: readonly Money[], currencyCode: string): Money {
  return amounts.reduce(addMoney, toMoney(decimal(0n), currencyCode));
}

/** The amount in major units with exactly the currency's minor digits: "20.15" (USD), "300" (JPY), "-0.05" (USD). */
export function moneyText({ currencyCode, minorUnits }: Money): string {
  const digits = minorDigits(currencyCode);
  const sign = minorUnits < 0n ? '-' : '';
  const text = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, '0');
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/**
 * Money from plain text in major units. Undefined when the currency is unknown, or the text is no plain decimal within
 * a quantity's bounds, or has a fraction of a minor unit: nothing is rounded here.
 */
export function parseMoney(amount: string, currencyCode: string): Money | undefined {
  const parsed = parsePlainDecimal(amount);
  if (!parsed || !fitsQuantity(parsed) || !isCurrency(currencyCode)) return undefined;
  return parsed.fractionDigits() <= minorDigits(currencyCode)
    ? toMoney(parsed, currencyCode)
    : undefined;
}

function inMinorUnits(amount: Decimal, currencyCode: string): Decimal {
  const digits = minorDigits(currencyCode);
  const scale = SCALES.get(digits) ?? decimal(10n ** BigInt(digits));
  SCALES.set(digits, scale);
  return amount.mul(scale);
}

/** How many minor units a major one has, by minor digits. */
const SCALES = new Map<number, Decimal>();
