import { AssertionError } from '@billingrails/errors';
import fc from 'fast-check';
import { decimal, decimalText, type Decimal } from './index';

/** A number as a whole count of 10^-scale: an arithmetic of its own, which cannot round. */
interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

/** Up to 20 digits before the point and 18 after, often at the bounds. */
const scaled: fc.Arbitrary<Scaled> = fc
  .record({
    units: fc.oneof(
      fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
      fc.bigInt({ min: -1000n, max: 1000n }),
      fc.constantFrom(10n ** 38n - 1n, 1n - 10n ** 38n, 10n ** 37n, 0n),
    ),
    scale: fc.constantFrom(18, 18, 18, 20, 30),
  })
  .map(({ units, scale }) => ({
    units: scale > 18 ? units / 10n ** BigInt(scale - 18) : units,
    scale: 18,
  }));

/** Plain text by cutting digits: trailing zeros and the point go, minus zero has no sign. */
function textOf({ units, scale }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${units < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

const of = (value: Scaled): Decimal => decimal(textOf(value));

describe('arithmetic is exact', () => {
  test('a sum and a difference of quantities, to the last digit', () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        expect(decimalText(of(a).add(of(b)))).toBe(textOf({ units: a.units + b.units, scale: 18 }));
        expect(decimalText(of(a).sub(of(b)))).toBe(textOf({ units: a.units - b.units, scale: 18 }));
      }),
      { numRuns: 300 },
    );
  });

  test('a product of two and of three quantities, to the last digit', () => {
    fc.assert(
      fc.property(scaled, scaled, scaled, (a, b, c) => {
        const two = of(a).mul(of(b));
        expect(decimalText(two)).toBe(textOf({ units: a.units * b.units, scale: 36 }));
        expect(decimalText(two.mul(of(c)))).toBe(
          textOf({ units: a.units * b.units * c.units, scale: 54 }),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('a quotient is the whole one of counting, rounded to the greater, the lesser or the nearer', () => {
    const digits = fc.nat(36);
    fc.assert(
      fc.property(scaled, scaled, digits, (a, b, fractionDigits) => {
        fc.pre(b.units !== 0n);
        // quotient × |b| lies within one |b| of a: below it, above it, and nearest to it.
        const scale = 10n ** BigInt(fractionDigits);
        const [dividend, divisor] = b.units < 0n ? [-a.units, -b.units] : [a.units, b.units];
        const off = (rounding: 'up' | 'down' | 'half') => {
          const quotient = of(a).divide(of(b), fractionDigits, rounding);
          const units = BigInt(quotient.mul(decimal(scale)).toString());
          return units * divisor - dividend * scale;
        };
        const [up, down, half] = [off('up'), off('down'), off('half')];
        expect(up >= 0n && up < divisor).toBe(true);
        expect(down <= 0n && -down < divisor).toBe(true);
        expect((half < 0n ? -half : half) * 2n <= divisor).toBe(true);
        if (half * 2n === divisor || half * -2n === divisor)
          expect(half > 0n === dividend > 0n).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a long sum of the largest and the smallest', () => {
    const values = fc.array(scaled, { maxLength: 200 });
    fc.assert(
      fc.property(values, (all) => {
        const sum = all.reduce((total, value) => total.add(of(value)), decimal(0n));
        const units = all.reduce((total, value) => total + value.units, 0n);
        expect(decimalText(sum)).toBe(textOf({ units, scale: 18 }));
      }),
    );
  });

  test('order, sign, negation and truncation agree with whole numbers', () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        const [x, y] = [of(a), of(b)];
        const order = a.units < b.units ? -1 : a.units > b.units ? 1 : 0;
        expect(x.cmp(y)).toBe(order);
        expect([x.lt(y), x.lte(y), x.eq(y), x.gte(y), x.gt(y)]).toEqual([
          order < 0,
          order <= 0,
          order === 0,
          order >= 0,
          order > 0,
        ]);
        expect([x.isZero(), x.isNegative()]).toEqual([a.units === 0n, a.units < 0n]);
        expect(decimalText(x.neg())).toBe(textOf({ units: -a.units, scale: 18 }));
        expect(decimalText(x.abs())).toBe(
          textOf({ units: a.units < 0n ? -a.units : a.units, scale: 18 }),
        );
        expect(decimalText(x.trunc())).toBe((a.units / 10n ** 18n).toString());
      }),
    );
  });

  test.each([
    ['0.5', 1n],
    ['-0.5', -1n],
    ['0.49999999999999999999999999999999999999999999999999999999999', 0n],
    ['1.5', 2n],
    ['2.5', 3n],
    ['-2.5', -3n],
    ['-2.4', -2n],
    ['99999999999999999999.5', 100000000000000000000n],
  ])('%s rounds half away from zero to %s', (text, rounded) => {
    expect(decimal(text).roundToInteger()).toBe(rounded);
  });
});

describe('what would need more than 120 digits throws instead of being rounded', () => {
  const large = decimal(10n ** 99n);
  const small = decimal(`1e-40`);
  test('sums and differences', () => {
    expect(() => large.add(small)).toThrow(AssertionError);
    expect(() => large.sub(small)).toThrow('a sum stays within the digits that are kept exactly');
    const full = decimal(`${'9'.repeat(100)}.${'9'.repeat(20)}`);
    expect(() => full.add(full)).toThrow(AssertionError);
    expect(decimalText(large.add(decimal('1e-19')))).toBe(`1${'0'.repeat(99)}.${'0'.repeat(18)}1`);
  });

  test('products', () => {
    expect(() => large.mul(large)).toThrow(
      'a product stays within the digits that are kept exactly',
    );
    expect(() => small.mul(small).mul(small).mul(small)).toThrow(AssertionError);
    const nines = 10n ** 60n - 1n;
    expect(decimalText(decimal(nines).mul(decimal(nines)))).toBe((nines * nines).toString());
  });

  test('texts', () => {
    expect(() => decimal('9'.repeat(121))).toThrow(AssertionError);
    expect(decimalText(decimal('9'.repeat(120)))).toBe('9'.repeat(120));
    expect(() => decimal('1e-121')).toThrow(AssertionError);
  });
});

describe('construction', () => {
  test.each([
    ['0.50', '0.5'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['1E+3', '1000'],
    ['0.00001e-3', '0.00000001'],
    ['-12.3400', '-12.34'],
    [0, '0'],
    [-0, '0'],
    [-7, '-7'],
    [9007199254740991, '9007199254740991'],
    [-(10n ** 40n), `-1${'0'.repeat(40)}`],
  ])('%p is written as %s', (value, text) => {
    expect(decimalText(decimal(value))).toBe(text);
    expect(`${decimal(value)}`).toBe(text);
    expect(JSON.stringify({ value: decimal(value) })).toBe(`{"value":"${text}"}`);
  });

  test.each([0.5, Number.NaN, Infinity, 2 ** 53])('the float %p is refused', (value) => {
    expect(() => decimal(value)).toThrow('a float is not exact');
  });

  test.each(['', 'x', 'NaN', 'Infinity', '1,5', '0x1f'])('the text %j is refused', (text) => {
    expect(() => decimal(text)).toThrow('the text is a decimal');
  });

  test('the same number gives the same text and equal objects, however it came about', () => {
    fc.assert(
      fc.property(scaled, scaled, (a, b) => {
        const there = of(a).add(of(b)).sub(of(b));
        expect(decimalText(there)).toBe(textOf(a));
        expect(there).toEqual(of(a));
      }),
    );
    expect(decimal('1.0')).toEqual(decimal(1n));
    expect(decimal('5').sub(decimal('5.0'))).toEqual(decimal('0'));
    expect(decimal('0').neg()).toEqual(decimal('0'));
    expect(decimal('-0.4').trunc()).toEqual(decimal('0'));
    expect(decimal('0').neg().isNegative()).toBe(false);
    expect(decimal('1')).not.toEqual(decimal('2'));
  });

  test('operators throw instead of comparing texts', () => {
    const [nine, ten] = [decimal(9), decimal(10)];
    expect(() => nine < ten).toThrow(TypeError);
    expect(() => Number(nine)).toThrow('Decimals have no operators');
  });
});
