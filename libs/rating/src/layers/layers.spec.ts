import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import { chargeViolations, rate, priceViolations, type Price, type Terms } from '../index';

const perUnit: Price = { kind: 'perUnit', unitAmount: decimal('10') };

const costOf = (terms: Terms, quantity: string, price: Price = perUnit) => {
  const charge = rate({ ...price, terms }, { quantity: decimal(quantity), eventCount: 0n });
  expect(chargeViolations(charge, 'charge')).toEqual([]);
  return decimalText(charge.amount);
};

const of = (fields: { [K in keyof Terms]?: string }): Terms =>
  Object.fromEntries(
    Object.entries(fields).map(([name, text]) => [
      name,
      name === 'rounding'
        ? text
        : name === 'rolloverCycles'
          ? BigInt(text ?? '')
          : decimal(text ?? ''),
    ]),
  );

test.each([
  ['nothing changes nothing', {}, '3', '30'],
  ['thousands, begun ones whole', { divisor: '1000', rounding: 'up' }, '1400', '20'],
  ['thousands, full ones alone', { divisor: '1000', rounding: 'down' }, '1999', '10'],
  ['thousands, to the nearest', { divisor: '1000', rounding: 'half' }, '1500', '20'],
  ['thousands and their parts', { divisor: '1000' }, '1400', '14'],
  ['below zero, up is nearer to zero', { divisor: '1000', rounding: 'up' }, '-1400', '-10'],
  ['included units, not used up', { includedUnits: '5' }, '4.5', '0'],
  ['included units, the boundary', { includedUnits: '5' }, '5', '0'],
  ['included units, and more', { includedUnits: '5' }, '7.5', '25'],
  ['of a credit nothing is included', { includedUnits: '5' }, '-1', '-10'],
  [
    'included units after rounding',
    { divisor: '1000', rounding: 'up', includedUnits: '0.5' },
    '1400',
    '15',
  ],
  ['a minimum of nothing used', { minimum: '50' }, '0', '50'],
  ['a minimum that is reached', { minimum: '50' }, '5', '50'],
  ['a minimum that is passed', { minimum: '50' }, '6', '60'],
  ['a maximum', { maximum: '50' }, '6', '50'],
  ['a maximum that is not reached', { maximum: '50' }, '4', '40'],
  ['a percentage off', { percentOff: '10' }, '3', '27'],
  ['all of it off', { percentOff: '100' }, '3', '0'],
  ['an amount off', { amountOff: '12.5' }, '3', '17.5'],
  ['an amount off, no more than there is', { amountOff: '31' }, '3', '0'],
  ['of a credit no amount is off', { amountOff: '31' }, '-3', '-30'],
  ['of a credit the same percentage', { percentOff: '10' }, '-3', '-27'],
  ['percentage before amount', { percentOff: '50', amountOff: '10' }, '3', '5'],
  ['discounts may go below the minimum', { minimum: '50', percentOff: '10' }, '0', '45'],
] as const)('%s: %j over %s units at 10 is %s', (_what, fields, quantity, amount) => {
  expect(costOf(of(fields), quantity)).toBe(amount);
});

test('in whole numbers, every order of what was agreed comes to what counting comes to', () => {
  const figure = fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 500 }),
      fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
      fc.constantFrom('up' as const, 'down' as const),
      fc.tuple(figure, figure, figure, figure),
      (used, divisor, rounding, [included, minimum, more, off]) => {
        let units = used;
        if (divisor !== undefined) {
          units = 0;
          for (let left = used; left > 0; left -= divisor)
            if (rounding === 'up' || left >= divisor) units += 1;
        }
        for (let left = included ?? 0; left > 0 && units > 0; left -= 1) units -= 1;
        let amount = units * 10;
        while (amount < (minimum ?? 0)) amount += 1;
        const maximum = more === undefined ? undefined : more + (minimum ?? 0);
        while (maximum !== undefined && amount > maximum) amount -= 1;
        for (let left = off ?? 0; left > 0 && amount > 0; left -= 1) amount -= 1;
        const texts = {
          divisor,
          ...(divisor === undefined ? {} : { rounding }),
          includedUnits: included,
          minimum,
          maximum,
          amountOff: off,
        };
        const given = Object.entries(texts).filter(([, value]) => value !== undefined);
        const terms = of(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
        expect(costOf(terms, String(used))).toBe(String(amount));
      },
    ),
    { numRuns: 300 },
  );
});

test('of a price that counts nothing the amount alone is changed, and what would count is refused', () => {
  const flat: Price = { kind: 'flat', amount: decimal('20') };
  expect(costOf(of({ percentOff: '10', amountOff: '1' }), '1', flat)).toBe('17');
  const terms = of({ divisor: '10', rounding: 'up', includedUnits: '1', minimum: '1' });
  expect(priceViolations({ ...flat, terms }, 'p').map(({ field }) => field)).toEqual([
    'p.terms.divisor',
    'p.terms.rounding',
    'p.terms.included_units',
  ]);
});

test.each([
  ['a divisor of nothing', { divisor: '0' }, ['t.divisor']],
  ['rounding without dividing', { rounding: 'up' }, ['t.rounding']],
  ['a maximum below the minimum', { minimum: '5', maximum: '4' }, ['t.maximum']],
  ['more than all off', { percentOff: '100.1' }, ['t.percent_off']],
  [
    'everything at once',
    { includedUnits: '-1', minimum: '-1', maximum: '-2', percentOff: '-1', amountOff: '1e20' },
    ['t.included_units', 't.minimum', 't.maximum', 't.maximum', 't.percent_off', 't.amount_off'],
  ],
  ['a rollover of nothing included', { rolloverCycles: '1' }, ['t.rollover_cycles']],
  ['a rollover for no cycle', { includedUnits: '1', rolloverCycles: '0' }, ['t.rollover_cycles']],
  ['a cap of nothing that rolls over', { rolloverMaximum: '1' }, ['t.rollover_maximum']],
  ['nothing', {}, []],
])('%s is refused by its path', (_what, fields, paths) => {
  const price = { ...perUnit, terms: of(fields as Record<string, string>) };
  expect(priceViolations(price, 'p').map(({ field }) => field)).toEqual(
    paths.map((path) => path.replace('t.', 'p.terms.')),
  );
});

test('a discount for so many cycles lets off something, for one cycle at least', () => {
  const wrong = (terms: Terms) => priceViolations({ ...perUnit, terms }, 'price');
  const field = 'price.terms.discount_cycles';
  expect(wrong({ percentOff: decimal('10'), discountCycles: 1n })).toEqual([]);
  expect(wrong({ amountOff: decimal('10'), discountCycles: 0n })).toMatchObject([{ field }]);
  expect(wrong({ minimum: decimal('10'), discountCycles: 1n })).toMatchObject([{ field }]);
});

const place = (part: number, whole: number) => ({ part: BigInt(part), whole: BigInt(whole) });

test.each([
  ['a minimum is that of the part', { minimum: '31' }, '1', '17'],
  ['a minimum that the part has reached', { minimum: '31' }, '2', '20'],
  ['so much is let off of the part', { amountOff: '31' }, '2', '3'],
  ['a maximum is less what the part before came to', { maximum: '31' }, '4', '26'],
  ['a maximum that the part before has passed', { maximum: '4' }, '4', '0'],
  ['a percentage is the same', { percentOff: '10' }, '1', '9'],
] as const)('of 17 days of 31, %s: %j over %s units at 10 is %s', (_what, fields, used, amount) => {
  const share = { from: place(14, 31), until: place(1, 1) };
  const usage = { quantity: decimal(used), eventCount: 0n, share, amountBefore: decimal(5n) };
  const charge = rate({ ...perUnit, terms: of(fields) }, usage);
  expect(chargeViolations(charge, 'charge')).toEqual([]);
  expect(decimalText(charge.amount)).toBe(amount);
});

test('what parts of a cycle cost at least sums to what all of it does, exactly', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99_999 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 6 }),
      (cents, cuts) => {
        const minimum = decimal(`${cents}e-2`);
        const bounds = [0, ...[...cuts].sort((a, b) => a - b), 31];
        const parts = bounds.slice(1).map((until, index) => {
          const share = { from: place(bounds[index] ?? 0, 31), until: place(until, 31) };
          return rate(
            { ...perUnit, terms: { minimum } },
            { quantity: decimal(0n), eventCount: 0n, share },
          );
        });
        const sum = parts.reduce((total, { amount }) => total.add(amount), decimal(0n));
        expect(sum).toEqual(minimum);
      },
    ),
  );
});
