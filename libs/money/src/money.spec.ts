import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import {
  addMoney,
  decimal,
  isCurrency,
  minorDigits,
  moneyText,
  parseMoney,
  sumMoney,
  toMoney,
  type Money,
} from './index';

const usd = (minorUnits: bigint): Money => ({ currencyCode: 'USD', minorUnits });

describe('currencies', () => {
  test.each([
    ['USD', 2],
    ['EUR', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['ZWG', 2],
    ['XCG', 2],
    ['XOF', 0],
    ['XAF', 0],
  ])('%s has %i minor digits', (code, digits) => {
    expect(isCurrency(code)).toBe(true);
    expect(minorDigits(code)).toBe(digits);
  });

  test.each([
    'XAU',
    'XDR',
    'XXX',
    'XTS',
    'usd',
    'Usd',
    'US',
    'USDT',
    'BTC',
    '',
    '840',
    '__proto__',
    'constructor',
  ])('%j is not one that can be invoiced', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => minorDigits(code)).toThrow('amounts are in a currency of ISO 4217');
  });

  test('minor digits are those of the ISO 4217 list, and codes without a minor unit there are refused', () => {
    const listed = isoList();
    expect(listed.length).toBeGreaterThan(250);
    for (const { code, units } of listed) {
      if (units === 'N.A.') expect([code, isCurrency(code)]).toEqual([code, false]);
      else expect([code, minorDigits(code)]).toEqual([code, Number(units)]);
    }
  });
});

describe('rounding', () => {
  test.each([
    ['20.149935', 'USD', 2015n],
    ['2.455', 'USD', 246n],
    ['0.005', 'USD', 1n],
    ['0.0049999999999999999999', 'USD', 0n],
    ['-0.005', 'USD', -1n],
    ['-0.0049', 'USD', 0n],
    ['1.005', 'USD', 101n],
    ['300.5', 'JPY', 301n],
    ['-300.5', 'JPY', -301n],
    ['0.0005', 'KWD', 1n],
    ['0.00005', 'CLF', 1n],
    ['99999999999999999999.995', 'USD', 10000000000000000000000n],
  ])('%s %s is %s minor units', (amount, currencyCode, minorUnits) => {
    expect(toMoney(decimal(amount), currencyCode)).toEqual({ currencyCode, minorUnits });
  });

  test('is never off by more than half a minor unit, and symmetric about zero', () => {
    const amounts = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
    fc.assert(
      fc.property(amounts, fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'), (units, currency) => {
        const amount = decimal(units).mul(decimal('1e-18'));
        const rounded = toMoney(amount, currency).minorUnits;
        const unit = 10n ** BigInt(18 - minorDigits(currency));
        const twiceOff = 2n * (units - rounded * unit);
        expect(twiceOff <= unit && twiceOff >= -unit).toBe(true);
        // Exactly a half goes away from zero: what was cut off has the other sign.
        if (twiceOff === unit) expect(units).toBeLessThan(0n);
        if (twiceOff === -unit) expect(units).toBeGreaterThan(0n);
        expect(toMoney(amount.neg(), currency).minorUnits).toBe(-rounded);
      }),
    );
  });
});

describe('text', () => {
  test.each([
    [usd(2015n), '20.15'],
    [usd(5n), '0.05'],
    [usd(-5n), '-0.05'],
    [usd(0n), '0.00'],
    [usd(-2000n), '-20.00'],
    [{ currencyCode: 'JPY', minorUnits: 300n }, '300'],
    [{ currencyCode: 'JPY', minorUnits: -1n }, '-1'],
    [{ currencyCode: 'KWD', minorUnits: 1n }, '0.001'],
  ])('%p is written as %s', (money, text) => {
    expect(moneyText(money)).toBe(text);
  });

  test('is read back as the same amount', () => {
    const minorUnits = fc.bigInt({ min: -(10n ** 16n) + 1n, max: 10n ** 16n - 1n });
    fc.assert(
      fc.property(
        minorUnits,
        fc.constantFrom('USD', 'JPY', 'KWD', 'CLF'),
        (units, currencyCode) => {
          const money = { currencyCode, minorUnits: units };
          expect(parseMoney(moneyText(money), currencyCode)).toEqual(money);
        },
      ),
    );
  });

  test.each([
    ['020.15', 'USD', 2015n],
    ['20', 'USD', 2000n],
    ['20.1', 'USD', 2010n],
    ['20.1500', 'USD', 2015n],
    ['-0.01', 'USD', -1n],
    ['300.0', 'JPY', 300n],
  ])('%s %s is read as %s minor units', (text, currencyCode, minorUnits) => {
    expect(parseMoney(text, currencyCode)).toEqual({ currencyCode, minorUnits });
  });

  test.each([
    ['a fraction of a cent', '20.155', 'USD'],
    ['a fraction of a yen', '300.5', 'JPY'],
    ['an exponent', '1e2', 'USD'],
    ['no number', 'twenty', 'USD'],
    ['nothing', '', 'USD'],
    ['a sign', '+1', 'USD'],
    ['an unknown currency', '1', 'ABC'],
    ['gold', '1', 'XAU'],
    ['too many digits', '100000000000000000000', 'USD'],
  ])('%s is refused, not rounded', (_what, text, currencyCode) => {
    expect(parseMoney(text, currencyCode)).toBeUndefined();
  });
});

describe('sums', () => {
  test('of one currency are exact; of none, zero of that currency', () => {
    expect(addMoney(usd(10n ** 30n), usd(-1n))).toEqual(usd(10n ** 30n - 1n));
    expect(sumMoney([usd(2000n), usd(2015n), usd(246n)], 'USD')).toEqual(usd(4261n));
    expect(sumMoney([], 'JPY')).toEqual({ currencyCode: 'JPY', minorUnits: 0n });
  });

  test('of two currencies are a bug', () => {
    const yen = { currencyCode: 'JPY', minorUnits: 1n };
    expect(() => addMoney(usd(1n), yen)).toThrow('only amounts of one currency are added');
    expect(() => sumMoney([yen], 'USD')).toThrow('only amounts of one currency are added');
  });
});

/** The standard's own list, as it lies beside the package's data. */
function isoList(): { code: string; units: string }[] {
  const file = join(dirname(require.resolve('currency-codes')), 'iso-4217-list-one.xml');
  const pair = /<Ccy>(\w+)<\/Ccy>\s*<CcyNbr>\d+<\/CcyNbr>\s*<CcyMnrUnts>([^<]+)</g;
  return [...readFileSync(file, 'utf8').matchAll(pair)].map(([, code = '', units = '']) => ({
    code,
    units,
  }));
}
