export { isCurrency, minorDigits } from './currency';
export { Decimal, decimal, decimalText } from './decimal';
export type { Rounding } from './decimal';
export { addMoney, moneyText, parseMoney, sumMoney, toMoney } from './money';
export type { Money } from './money';
export { parsePlainDecimal, plainDecimal } from './plain-decimal';
export { fitsQuantity, parseDecimal, QUANTITY_FRACTION_DIGITS_MAX } from './quantity';
