import { decimal, toMoney } from '@billingrails/money';
import { letOff, lessParts, type OffTerms } from './discounts';
import { computeTotals } from './totals';
import { taxLines, type Rate } from './taxes';

// Figures of other systems' public test suites; those that differ by choice are listed in docs/taxes.md.

const percent = (text: string): Rate => ({ percent: decimal(text), compound: false });
const charge = (minorUnits: bigint, rates: readonly Rate[]) => {
  return { amount: minorUnits, isCredit: false, included: false, rates };
};

test.each(['invoice', 'line'] as const)(
  'lines at 0, 10 and 20 %% with 10.00 EUR off: 209.00 EUR, rounded by %s (Lago)',
  (rounding) => {
    const [none, ten, twenty] = [percent('0'), percent('10'), percent('20')];
    const totals = computeTotals({
      currencyCode: 'EUR',
      lines: [
        charge(10_000n, [ten]),
        charge(5_000n, [none]),
        charge(3_000n, [twenty]),
        charge(2_000n, [twenty]),
      ],
      discounts: [{ kind: 'amount', minorUnits: 1_000n }],
      tax: (lines) => taxLines(lines, rounding),
    });
    expect(totals.discounts.map(({ parts }) => parts)).toEqual([[500n, 250n, 150n, 100n]]);
    const byLine = totals.taxes.flatMap(({ parts }) => parts).sort((a, b) => a.line - b.line);
    expect(byLine.map(({ amount }) => amount)).toEqual([950n, 0n, 570n, 380n]);
    expect(totals).toMatchObject({ subtotal: 20_000n, net: 19_000n, tax: 1_900n, total: 20_900n });
  },
);

test('20.00 off two lines, 10.00 off four and 5.00 off all eight, each of what the ones before leave (Lago)', () => {
  const [ten, twenty] = [percent('10'), percent('20')];
  const amounts = [1_000n, 2_000n, 3_000n, 4_000n, 1_000n, 2_000n, 3_000n, 4_000n];
  const covers = (from: number, to: number) =>
    amounts.map((_, place) => from <= place && place < to);
  const { discounts, subtotal, net, taxes } = computeTotals({
    currencyCode: 'EUR',
    lines: amounts.map((amount, place) => charge(amount, [place % 4 === 1 ? twenty : ten])),
    discounts: [
      { kind: 'amount', minorUnits: 2_000n, covers: covers(0, 2) },
      { kind: 'amount', minorUnits: 1_000n, covers: covers(4, 8) },
      { kind: 'amount', minorUnits: 500n },
    ],
    tax: (lines) => taxLines(lines, 'invoice'),
  });
  expect(discounts.map(({ base, amount }) => [base, amount])).toEqual([
    [3_000n, 2_000n],
    [10_000n, 1_000n],
    [17_000n, 500n],
  ]);
  // Elsewhere 676.47, 1352.94, 88.24, 117.65, 126.47, 252.94, 379.41 and 505.88: here lines have whole cents.
  const off = amounts.map((_, place) =>
    discounts.reduce((sum, { parts }) => sum + (parts[place] ?? 0n), 0n),
  );
  expect(off).toEqual([677n, 1_353n, 88n, 118n, 126n, 253n, 379n, 506n]);
  expect([subtotal, net]).toEqual([20_000n, 16_500n]);
  // All rates summed before they are rounded come to 18.89: see "Choices" in docs/taxes.md.
  expect(taxes.map(({ base, amount }) => [base, amount])).toEqual([
    [14_106n, 1_411n],
    [2_394n, 479n],
  ]);
});

test.each([
  ['123.45', '7.25', '8.95'],
  ['100.00', '0.01', '0.01'],
  ['10.00', '12.51', '1.25'],
])('%s USD at %s %% are taxed %s (Flexprice)', (taxable, rate, tax) => {
  const { minorUnits } = toMoney(decimal(taxable), 'USD');
  const { taxes } = taxLines([charge(minorUnits, [percent(rate)])], 'invoice');
  expect(taxes.map(({ amount }) => amount)).toEqual([toMoney(decimal(tax), 'USD').minorUnits]);
});

test('10.275 USD are 10.28 (Flexprice)', () => {
  expect(toMoney(decimal('10.275'), 'USD').minorUnits).toBe(1028n);
});

test.each<[string, bigint[], OffTerms[], bigint, bigint[]]>([
  ['12 off nothing (Lago)', [0n], [{ kind: 'amount', minorUnits: 12n }], 0n, [0n]],
  ['12 off 6 (Lago)', [6n], [{ kind: 'amount', minorUnits: 12n }], 6n, [0n]],
  [
    '8000 and 5000 off 10000 (Meteroid)',
    [10_000n],
    [
      { kind: 'amount', minorUnits: 8_000n },
      { kind: 'amount', minorUnits: 5_000n },
    ],
    10_000n,
    [0n],
  ],
  [
    '4000 off 1000 and 2000 (Meteroid)',
    [1_000n, 2_000n],
    [{ kind: 'amount', minorUnits: 4_000n }],
    3_000n,
    [0n, 0n],
  ],
  [
    '10 % and 25 % off 10000 (Meteroid)',
    [10_000n],
    [
      { kind: 'percent', percent: decimal('10') },
      { kind: 'percent', percent: decimal('25') },
    ],
    3_250n,
    [6_750n],
  ],
])('%s', (_, amounts, terms, off, after) => {
  let left: readonly bigint[] = amounts;
  let whole = 0n;
  for (const each of terms) {
    const taken = letOff(left, each, { currencyCode: 'USD', most: 10n ** 9n });
    whole += taken.amount;
    left = lessParts(left, taken.parts);
  }
  expect(whole).toBe(off);
  expect(left).toEqual(after);
});

test.each([
  // 19 % of 3 × 0.13: once 7.41 cents, on each line 2.47.
  ['USD', [13n, 13n, 13n], ['19'], false, 'invoice', [7n], 39n],
  ['USD', [13n, 13n, 13n], ['19'], false, 'line', [6n], 39n],
  // 10 % consumption tax on ¥ 999, on top and included: ¥ 90.8 are in it.
  ['JPY', [999n], ['10'], false, 'invoice', [100n], 999n],
  ['JPY', [999n], ['10'], true, 'invoice', [91n], 908n],
  // A fils is a thousandth.
  ['KWD', [1_005n], ['5'], false, 'invoice', [50n], 1_005n],
  // Two taxes in one price: 100 × 5 ÷ 114.975, 100 × 9.975 ÷ 114.975.
  ['CAD', [10_000n], ['5', '9.975'], true, 'invoice', [435n, 868n], 8_697n],
] as const)(
  '%s %j at %j %%, included: %s, rounded by %s: taxes %j, net %d',
  (currencyCode, amounts, percents, included, rounding, taxes, net) => {
    const rates = percents.map(percent);
    const totals = computeTotals({
      currencyCode,
      lines: amounts.map((amount) => ({ ...charge(amount, rates), included })),
      discounts: [],
      tax: (lines) => taxLines(lines, rounding),
    });
    expect(totals.taxes.map(({ amount }) => amount)).toEqual(taxes);
    expect(totals.net).toBe(net);
  },
);

test('a compound tax is owed on the others: 5 % of 100.00, and 9.5 % of 105.00 (Quebec before 2013)', () => {
  const [gst, qst] = [percent('5'), { ...percent('9.5'), compound: true }];
  const { taxes } = taxLines([charge(10_000n, [qst, gst])], 'invoice');
  expect(taxes.map(({ base, amount }) => [base, amount])).toEqual([
    [10_000n, 500n],
    [10_500n, 998n],
  ]);
  const included = { ...charge(11_498n, [qst, gst]), included: true };
  expect(taxLines([included], 'invoice').nets).toEqual([10_000n]);
});

test('a percentage is off charges before promotional credits are, and never more than these leave', () => {
  const totals = (credit: bigint) =>
    computeTotals({
      currencyCode: 'USD',
      lines: [charge(20_000n, []), { ...charge(-credit, []), isCredit: true }],
      discounts: [{ kind: 'percent', percent: decimal('10') }],
      tax: (lines) => taxLines(lines, 'invoice'),
    });
  expect(totals(5_000n)).toMatchObject({ promotionalCredit: 5_000n, total: 13_000n });
  expect(totals(19_000n)).toMatchObject({ discounts: [{ amount: 1_000n }], total: 0n });
});

test.each<[string, bigint[], [boolean, boolean, boolean], bigint, bigint]>([
  [
    'credits of the line leave 30.00 of it',
    [10_000n, 5_000n, -7_000n],
    [true, false, true],
    3_000n,
    5_000n,
  ],
  [
    'credits of the other line leave it alone',
    [10_000n, 9_000n, -9_000n],
    [true, false, false],
    4_000n,
    6_000n,
  ],
  [
    'what another line gives back leaves it alone',
    [10_000n, -9_000n, 0n],
    [true, false, false],
    4_000n,
    -3_000n,
  ],
  [
    'of a line that is given back an amount lets off nothing',
    [-10_000n, 9_000n, 0n],
    [true, false, false],
    0n,
    -1_000n,
  ],
  [
    'of no line at all nothing is let off',
    [10_000n, 5_000n, 0n],
    [false, false, false],
    0n,
    15_000n,
  ],
])('40.00 off one line: %s', (_, amounts, covers, off, total) => {
  const totals = computeTotals({
    currencyCode: 'USD',
    lines: amounts.map((amount, place) => ({ ...charge(amount, []), isCredit: place === 2 })),
    discounts: [{ kind: 'amount', minorUnits: 4_000n, covers }],
    tax: (lines) => taxLines(lines, 'invoice'),
  });
  expect(totals).toMatchObject({ discounts: [{ amount: off }], total });
});

const offs = {
  tenth: { kind: 'percent', percent: decimal('10') },
  half: { kind: 'percent', percent: decimal('50') },
  five: { kind: 'amount', minorUnits: 500n },
  eight: { kind: 'amount', minorUnits: 800n },
  fifty: { kind: 'amount', minorUnits: 5_000n },
} satisfies Record<string, OffTerms>;

test.each<[string, [keyof typeof offs, string][], string, string]>([
  [
    '2000 1000 500',
    [
      ['five', 'ABC'],
      ['tenth', 'A'],
    ],
    '200 500',
    '1527 849 424',
  ],
  ['2000 1000 500', [['fifty', 'BC']], '1500', '2000 0 0'],
  [
    '2000 1000 500',
    [
      ['eight', 'A'],
      ['five', 'AB'],
    ],
    '800 500',
    '927 773 500',
  ],
  ['2000 -1500 500', [['half', 'A']], '1000', '1000 -1500 500'],
])(
  'of lines A, B and C of %s cents %j are off as docs/coupons.md says',
  (amounts, discounts, off, left) => {
    const lines = amounts.split(' ').map((amount) => charge(BigInt(amount), []));
    const totals = computeTotals({
      currencyCode: 'USD',
      lines,
      discounts: discounts.map(([name, letters]) => ({
        ...offs[name],
        covers: ['A', 'B', 'C'].map((letter) => letters.includes(letter)),
      })),
      tax: (taxed) => taxLines(taxed, 'invoice'),
    });
    expect(totals.discounts.map(({ amount }) => amount).join(' ')).toBe(off);
    expect(totals.nets.join(' ')).toBe(left);
  },
);
