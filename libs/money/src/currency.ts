import { assert } from '@billingrails/errors';
import { data } from 'currency-codes';

/**
 * Codes to which ISO 4217 gives no minor unit ("N.A."): metals, funds' units, testing. Nobody is invoiced in these, and
 * the package gives 0 for them as it does for yen.
 */
const withoutMinorUnit = new Set([
  'XAG',
  'XAU',
  'XBA',
  'XBB',
  'XBC',
  'XBD',
  'XDR',
  'XPD',
  'XPT',
  'XSU',
  'XTS',
  'XUA',
  'XXX',
]);

/** ISO 4217 codes newer than the package's list. */
const amendments = [{ code: 'XCG', digits: 2 }];

const digitsByCode = new Map(
  [...data, ...amendments]
    .filter(({ code }) => !withoutMinorUnit.has(code))
    .map(({ code, digits }) => [code, digits]),
);

/** Whether this is an ISO 4217 code, in upper case, of a currency with a minor unit (that of yen being the yen). */
export function isCurrency(code: string): boolean {
  return digitsByCode.has(code);
}

/**
 * How many digits a currency's minor unit takes: 2 for USD, 0 for JPY, 3 for KWD. The code must be one (`isCurrency`).
 */
export function minorDigits(code: string): number {
  const digits = digitsByCode.get(code);
  assert(digits !== undefined, 'amounts are in a currency of ISO 4217');
  return digits;
}
