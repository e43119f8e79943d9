import { decimal, decimalText } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import { burnDown, overageIn, spansOf } from './burn-down';
import type { CreditGrant } from './credit-grant';
import type { Overage } from './credit-unit';
import {
  balanceAt,
  balanceText,
  burningSpan,
  grant,
  feeScopeOf,
  scopeOf,
  type Use,
} from './testing/balance-at';
import { oracleBalance } from './testing/credit-oracle';

const carriedOn = (fromMs: number, maximum?: string) => ({
  ...{ seriesId: 'series', fromMs },
  ...(maximum === undefined ? {} : { maximum: decimal(maximum) }),
});

test.each<[string, CreditGrant[], string, string[]]>([
  [
    'the lower number first',
    [grant('a', '10', { priority: 2 }), grant('b', '10', { priority: 1 })],
    '12',
    ['cgr_b 0', 'cgr_a 8'],
  ],
  [
    'of one priority, what expires first',
    [grant('a', '10'), grant('b', '10', { expiryMs: 900 }), grant('c', '10', { expiryMs: 800 })],
    '12',
    ['cgr_c 0', 'cgr_b 8', 'cgr_a 10'],
  ],
  [
    'of one expiry, promotional before paid',
    [grant('a', '10'), grant('b', '10', { category: 'promotional', createMs: 5 })],
    '12',
    ['cgr_b 0', 'cgr_a 8'],
  ],
  [
    'of one kind, the oldest',
    [grant('a', '10', { createMs: 5 }), grant('b', '10', { createMs: 4 })],
    '12',
    ['cgr_b 0', 'cgr_a 8'],
  ],
])('grants are burned in order: %s', (_rule, grants, used, remaining) => {
  const balance = balanceText(balanceAt(500, grants, [[100, used]]));
  expect(balance).toMatchObject({ remaining, used, overage: '0' });
});

test('a grant covers usage from its beginning up to, and without, its end', () => {
  const grants = [grant('a', '10', { effectiveMs: 100, expiryMs: 200 }), grant('b', '10')];
  const uses: Use[] = [
    [99, '1'],
    [100, '2'],
    [199, '3'],
    [200, '0.5'],
  ];
  const { grants: balances } = balanceAt(300, grants, uses);
  const parts = balances.map(({ grant: { id }, remaining, burned, expired }) =>
    [id, ...[remaining, burned, expired].map(decimalText)].join(' '),
  );
  expect(parts).toEqual(['cgr_a 0 5 5', 'cgr_b 8.5 1.5 0']);
});

test('what a grant does not cover yet is pending, and what is left at its end has expired or is voided', () => {
  const grants = [
    grant('later', '10', { effectiveMs: 400 }),
    grant('over', '10', { expiryMs: 200 }),
    grant('back', '10', { voidMs: 150, expiryMs: 300 }),
    grant('never', '10', { effectiveMs: 400, voidMs: 150 }),
  ];
  const balance = balanceAt(300, grants, [[10, '4']]);
  const parts = balance.grants.map(({ grant: { id }, expired, voided, pending }) =>
    [id, ...[expired, voided, pending].map(decimalText)].join(' '),
  );
  expect(parts).toEqual([
    'cgr_over 6 0 0',
    'cgr_back 0 10 0',
    'cgr_later 0 0 10',
    'cgr_never 0 10 0',
  ]);
  expect(balanceText(balance)).toMatchObject({ available: '0', used: '4' });
});

test('usage that no grant covers is left uncovered, or borrowed and paid back by the next grant', () => {
  const grants = [grant('a', '10'), grant('b', '10', { effectiveMs: 200 })];
  const uses: Use[] = [[100, '13']];
  expect(balanceText(balanceAt(200, grants, uses))).toEqual({
    ...{ available: '10', used: '13', overage: '3' },
    remaining: ['cgr_a 0', 'cgr_b 10'],
  });
  expect(balanceText(balanceAt(199, grants, uses, 'borrowed'))).toMatchObject({
    ...{ available: '-3', overage: '3' },
  });
  // The instant at which a grant takes effect belongs to it.
  expect(balanceText(balanceAt(200, grants, uses, 'borrowed'))).toEqual({
    ...{ available: '7', used: '13', overage: '0' },
    remaining: ['cgr_a 0', 'cgr_b 7'],
  });
});

test('what is left of a cycle is carried on up to a maximum, of which the oldest is lost first', () => {
  const uses: Use[] = [
    [50, '2'],
    [150, '3'],
  ];
  const parts = (maximum?: string, atMs = 250) =>
    balanceAt(
      atMs,
      [0, 100, 200].map((effectiveMs) =>
        grant(`g${effectiveMs}`, '10', {
          ...{ effectiveMs, expiryMs: effectiveMs + 300 },
          rollover: carriedOn(effectiveMs + 100, maximum),
        }),
      ),
      uses,
    ).grants.map(({ grant: { id }, remaining, burned, expired }) =>
      [id, ...[remaining, burned, expired].map(decimalText)].join(' '),
    );
  expect(parts()).toEqual(['cgr_g0 5 5 0', 'cgr_g100 10 0 0', 'cgr_g200 10 0 0']);
  // 8 are left at 100, of which 6 are carried; 3 + 10 at 200, of which the 7 oldest are lost.
  expect(parts('6')).toEqual(['cgr_g0 0 5 5', 'cgr_g100 6 0 4', 'cgr_g200 10 0 0']);
  // The third cycle ends, though no other follows.
  expect(parts('6', 300)).toEqual(['cgr_g0 0 5 5', 'cgr_g100 0 0 10', 'cgr_g200 6 0 4']);
  expect(parts('0', 300)).toEqual(['cgr_g0 0 2 8', 'cgr_g100 0 3 7', 'cgr_g200 0 0 10']);
});

test('usage below zero takes back what was burned since the grants were the same, however finely it is told', () => {
  const grants = [grant('a', '3'), grant('b', '10', { priority: 2 })];
  const uses: Use[] = [
    [100, '5'],
    [300, '-4'],
    [350, '1'],
  ];
  const whole = balanceAt(400, grants, uses);
  expect(balanceText(whole)).toMatchObject({ remaining: ['cgr_a 1', 'cgr_b 10'], used: '2' });
  const spans = spansOf(grants, 400, [50, 200, 320]).map((span) => burningSpan(span, uses));
  const cut = burnDown(grants, spans, 'left', 400);
  expect(balanceText(cut)).toEqual(balanceText(whole));
  const told = cut.burnings.map(({ startMs, grant: of, amount }) =>
    [startMs, of?.id, decimalText(amount)].join(' '),
  );
  expect(told).toEqual([
    ...['50 cgr_a 3', '50 cgr_b 2', '200 cgr_a -2', '200 cgr_b -2', '320 cgr_a 1'],
  ]);
});

test.each<[string, CreditGrant[], Use[], string[], string]>([
  [
    'what it does not name, another covers',
    [grant('a', '10', { scope: scopeOf('a') }), grant('any', '10', { priority: 2 })],
    [
      [1, '4', 'a'],
      [2, '7', 'b'],
    ],
    ['cgr_a 6', 'cgr_any 3'],
    '0',
  ],
  [
    'what nothing covers is overage, though others have something left',
    [grant('a', '10', { scope: scopeOf('a') })],
    [
      [1, '4', 'a'],
      [2, '7', 'b'],
    ],
    ['cgr_a 6'],
    '7',
  ],
  [
    'in the order of the grants, each first what comes first among the rates',
    [grant('any', '5'), grant('b', '10', { priority: 2, scope: scopeOf('b') })],
    [
      [1, '6', 'b'],
      [2, '3', 'a'],
    ],
    ['cgr_any 0', 'cgr_b 6'],
    '0',
  ],
])(
  'a grant covers usage of the profiles that it names: %s',
  (_rule, grants, uses, remaining, overage) => {
    expect(balanceText(balanceAt(10, grants, uses))).toMatchObject({ remaining, overage });
  },
);

test('usage below zero is taken off what is used later', () => {
  const grants = [grant('a', '10', { expiryMs: 200 }), grant('b', '10')];
  const uses: Use[] = [
    [100, '-4'],
    [300, '5'],
  ];
  expect(balanceText(balanceAt(400, grants, uses))).toMatchObject({ available: '9', used: '1' });
});

const SCOPES = [scopeOf('a'), scopeOf('b'), feeScopeOf('a'), feeScopeOf('b')];

test('any grants and usage come to what burning credit by credit comes to, in any order of arrival', () => {
  const instant = fc.integer({ min: 0, max: 12 });
  const grants = fc.array(
    fc.record({
      ...{ amount: fc.integer({ min: 1, max: 9 }), priority: fc.integer({ min: 0, max: 2 }) },
      ...{ effectiveMs: instant, lastsMs: fc.option(fc.integer({ min: 1, max: 8 })) },
      ...{ voidMs: fc.option(instant), createMs: fc.integer({ min: 0, max: 1 }) },
      category: fc.constantFrom('paid' as const, 'promotional' as const),
      scope: fc.option(fc.constantFrom(...SCOPES), { nil: undefined }),
      carriedMs: fc.option(fc.integer({ min: 1, max: 8 })),
      part: fc.option(fc.tuple(fc.nat({ max: 8 }), fc.integer({ min: 1, max: 5 }))),
    }),
    { maxLength: 5 },
  );
  const most = fc.nat({ max: 9 });
  const profile = fc.constantFrom('a' as const, 'b' as const);
  const use = fc.tuple(instant, fc.integer({ min: 0, max: 6 }), profile);
  const uses = fc.array(use, { maxLength: 10 });
  const overage = fc.constantFrom<Overage>('left', 'borrowed');
  fc.assert(
    fc.property(grants, uses, overage, instant, most, (drafts, used, policy, atMs, maximum) => {
      const made = drafts.map(
        ({ amount, lastsMs, voidMs, carriedMs, part, scope, ...terms }, index) =>
          grant(String(index), String(amount), {
            ...terms,
            ...(scope && { scope }),
            ...(carriedMs === null
              ? {}
              : { rollover: carriedOn(terms.effectiveMs + carriedMs, String(maximum)) }),
            ...(part === null
              ? {}
              : {
                  partialVoids: [
                    { ms: terms.effectiveMs + part[0], amount: decimal(BigInt(part[1])) },
                  ],
                }),
            ...(lastsMs === null ? {} : { expiryMs: terms.effectiveMs + lastsMs }),
            ...(voidMs === null ? {} : { voidMs }),
          }),
      );
      const counted = used.map(([usedMs, amount, of]): Use => [usedMs, String(amount), of]);
      const expected = oracleBalance(made, used, policy, atMs);
      const actual = balanceAt(atMs, made, counted, policy);
      expect({
        available: Number(decimalText(actual.available)),
        overage: Number(decimalText(actual.overage)),
        remaining: Object.fromEntries(
          actual.grants.map(({ grant: { id }, remaining }) => [id, Number(decimalText(remaining))]),
        ),
      }).toEqual(expected);
      for (const { grant: whole, burned, remaining, expired, voided, pending } of actual.grants) {
        const parts = [burned, remaining, expired, voided, pending];
        expect(parts.reduce((sum, part) => sum.add(part)).eq(whole.amount)).toBe(true);
      }
      const reversed = balanceAt(atMs, [...made].reverse(), [...counted].reverse(), policy);
      expect(balanceText(reversed)).toEqual(balanceText(actual));
    }),
    { numRuns: howMany(200, 10_000) },
  );
});

test('what is billed as overage is what no grant covers, however a period is cut', () => {
  const instant = fc.integer({ min: 0, max: 12 });
  const uses = fc.array(fc.tuple(instant, fc.integer({ min: 0, max: 6 })), { maxLength: 10 });
  const grants = fc.array(fc.tuple(instant, fc.integer({ min: 1, max: 9 }), instant), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(grants, uses, fc.array(instant, { maxLength: 3 }), (drafts, used, inside) => {
      const made = drafts.map(([effectiveMs, amount, lastsMs], index) =>
        grant(String(index), String(amount), { effectiveMs, expiryMs: effectiveMs + 1 + lastsMs }),
      );
      const told = used.map(([usedMs, amount]): Use => [usedMs, String(amount)]);
      const cuts = [0, ...inside, 13].sort((a, b) => a - b);
      const parts = cuts.slice(1).map((endMs, index) => {
        const startMs = cuts[index] ?? endMs;
        const spans = spansOf(made, endMs, [startMs], -Infinity, startMs).map((span) =>
          burningSpan(span, told),
        );
        return overageIn({ startMs, endMs }, made, spans);
      });
      const billed = parts.reduce((sum, part) => sum.add(part), decimal(0n));
      // From the first grant on the oracle burns credit by credit; before it nothing is covered.
      const firstMs = Math.min(13, ...made.map(({ effectiveMs }) => effectiveMs));
      const before = used.filter(([ms]) => ms < firstMs).reduce((sum, [, n]) => sum + n, 0);
      const { overage } = oracleBalance(made, used, 'billed', 13);
      expect(Number(decimalText(billed))).toBe(before + overage);
    }),
    { numRuns: howMany(100, 5_000) },
  );
});
