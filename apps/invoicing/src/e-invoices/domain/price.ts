import {
  decimal,
  decimalText,
  minorDigits,
  moneyText,
  toMoney,
  type Decimal,
  type Money,
} from '@billingrails/money';
import type { ELine } from './e-invoice';

/** What a line counts. */
export interface Counted {
  readonly quantity: Decimal;
  readonly unit: string;
  /** Of one unit, without tax, where it is the same for all. */
  readonly unitPrice?: Decimal;
}

/**
 * A quantity and a price that come to a net amount. Where there is a price of one unit that does, it is that. Otherwise
 * it is the price of the whole quantity, as of tiers: so it always comes to the amount to the minor unit.
 */
export function priceOf(
  net: Money,
  { quantity, unit, unitPrice }: Counted,
): Pick<ELine, 'quantity' | 'unitCode' | 'price' | 'baseQuantity' | 'description'> {
  const counted = unitOf(quantity, unit);
  if (unitPrice !== undefined && comesTo(net, quantity, unitPrice))
    return { ...counted, quantity: decimalText(quantity), price: decimalText(unitPrice) };
  const isBack = net.minorUnits < 0n;
  const size = quantity.isZero() ? decimal(1n) : quantity.abs();
  const price = moneyText({ ...net, minorUnits: isBack ? -net.minorUnits : net.minorUnits });
  return {
    ...counted,
    quantity: decimalText(isBack ? size.neg() : size),
    price,
    ...(size.eq(decimal(1n)) ? {} : { baseQuantity: decimalText(size) }),
  };
}

/** Readers of the document round to two digits, whatever the currency has. */
const DIGITS_OF_READERS = 2;

function comesTo(net: Money, quantity: Decimal, price: Decimal): boolean {
  if (price.isNegative()) return false;
  const exact = quantity.mul(price);
  if (minorDigits(net.currencyCode) === DIGITS_OF_READERS)
    return toMoney(exact, net.currencyCode).minorUnits === net.minorUnits;
  return exact.eq(decimal(moneyText(net)));
}

/** Units of UN/ECE Recommendation 20 by what they are called in English; all else is counted by the piece. */
const UNIT_CODES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    second: 'SEC',
    minute: 'MIN',
    hour: 'HUR',
    day: 'DAY',
    month: 'MON',
    year: 'ANN',
    byte: 'AD',
    kb: '2P',
    mb: '4L',
    gb: 'E34',
    tb: 'E35',
    kwh: 'KWH',
    kg: 'KGM',
    km: 'KMT',
  }),
);
const PIECE = 'C62';

/** A unit without a code of its own stands in the description, with the quantity. */
function unitOf(quantity: Decimal, unit: string): Pick<ELine, 'unitCode' | 'description'> {
  const name = unit.trim().toLowerCase();
  const code = UNIT_CODES.get(name) ?? UNIT_CODES.get(name.replace(/s$/, ''));
  if (code !== undefined) return { unitCode: code, description: '' };
  return {
    unitCode: PIECE,
    description: name === '' ? '' : `${decimalText(quantity)} ${unit.trim()}`,
  };
}
