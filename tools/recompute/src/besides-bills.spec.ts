import {
  documentsOf,
  expectedFiringsOf,
  recompute,
  recomputeAll,
  type AccessBook,
  type CreditsBook,
  type CycleBook,
  type ExpectedInvoice,
  type FeeBook,
  type History,
  type UsageBook,
} from './index';

const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);
const MONTHLY: CycleBook = {
  ...{ unit: 'month', count: 1, anchor: { kind: 'start' }, firstProration: 'day' },
};
const CALLS: UsageBook = { event: 'Calls', aggregation: 'count' };
const TOKENS: UsageBook = { event: 'Tokens', aggregation: 'sum', property: 'tokens' };

const plain = { terms: {}, inAdvance: false, byQuantity: false } as const;
const calls: FeeBook = {
  ...{ ...plain, name: 'Calls', usage: CALLS, model: { kind: 'per_unit', unitAmount: '1' } },
};

/** One account with one monthly subscription from the first step on. */
function historyOf(steps: readonly string[], fees: readonly FeeBook[], more: Partial<History>) {
  const stepsMs = steps.map(at);
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 12, stepsMs, events: [], corrections: [] },
    plans: [{ name: 'Plan', currency: 'USD', digits: 2, fees }],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
        facts: [
          { kind: 'subscribed', step: 0, plan: 'Plan', quantity: '1', startMs: stepsMs[0] ?? 0 },
        ],
      },
    ],
    ...more,
  };
  return history;
}

const used = (step: number, count: number, time: string) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ step, account: 'one', event: 'Calls', key: `${step}-${index}`, atMs: at(time) },
    properties: {},
  }));

const money: CreditsBook = {
  ...{ units: [], money: [{ name: 'usd', currency: 'USD' }], grants: [], recurring: [] },
  ...{ voids: [], checks: [] },
};

test('the worked example of docs/alerts.md', () => {
  const steps = ['01-01', '01-03', '01-20', '01-21', '01-22', '02-01', '02-02'];
  const history = historyOf(
    steps.map((day) => `2026-${day}T12:00`),
    [calls],
    {
      events: [
        ...used(1, 60, '2026-01-03T11:00'),
        ...used(2, 45, '2026-01-20T11:00'),
        ...used(4, 5, '2026-01-22T11:00'),
        ...used(6, 50, '2026-02-02T11:00'),
      ],
      corrections: Array.from({ length: 10 }, (_, index) => {
        return { step: 3, account: 'one', key: `2-${index}` };
      }),
      alerts: [
        {
          ...{ name: 'spend', account: 'one', figure: { kind: 'spend', currency: 'USD' } },
          thresholds: ['50', '100'].map((value) => ({ value, direction: 'up' })),
        },
      ],
    },
  );
  const fired = expectedFiringsOf(history).map(({ step, phase, text }) => {
    return `${steps[step]} ${phase}: ${text.replace(/ in .*(, time \d).*/, '$1')}`;
  });
  expect(fired).toEqual([
    '01-03 used: up 50, time 1',
    '01-20 used: up 100, time 1',
    '01-22 used: up 100, time 2',
    '02-02 used: up 50, time 1',
  ]);
});

test('the reservations of docs/entitlements.md', () => {
  const of = { step: 1, after: false, account: 'one', feature: 'tokens' } as const;
  const reserve = (name: string, quantity: string): AccessBook => {
    return { ...of, kind: 'reserve', name, quantity, lifetimeMs: 60_000 };
  };
  const token = (step: number, key: string, tokens: string) => {
    const atMs = at('2026-01-01T12:00') + step;
    return { step, account: 'one', event: 'Tokens', key, atMs, properties: { tokens } };
  };
  const history = historyOf(
    ['2026-01-01T00:00', '2026-01-02T00:00', '2026-01-02T00:01', '2026-01-02T00:02'],
    [calls],
    {
      events: [token(0, 'e1', '2'), token(1, 'e2', '3')],
      features: [
        { ...{ code: 'tokens', usage: TOKENS, plan: 'Plan', limit: '10' }, rolloverPeriods: 0 },
      ],
      accesses: [
        reserve('a', '5'),
        reserve('b', '4'),
        {
          ...{ ...of, kind: 'settle', name: 'a', quantity: '3', key: 'e2' },
          atMs: at('2026-01-01T13:00'),
        },
        { ...of, kind: 'check' },
        { ...of, step: 2, kind: 'check' },
        { ...reserve('c', '5'), step: 2 },
        { ...of, step: 3, kind: 'check' },
      ],
    },
  );
  const told = recomputeAll(history).accesses.map((text) => text.replace(/ remaining.*/, ' left'));
  expect(told).toEqual([
    'reserved: 7 used of 10, 5 reserved, 0 rolled over, 3 left',
    'refused: denied, LIMIT_REACHED: 7 used of 10, 5 reserved, 0 rolled over, 3 left',
    'SETTLED 3',
    'allowed, WITHIN_LIMIT: 5 used of 10, 0 reserved, 0 rolled over, 5 left',
    'allowed, WITHIN_LIMIT: 5 used of 10, 0 reserved, 0 rolled over, 5 left',
    'reserved: 10 used of 10, 5 reserved, 0 rolled over, 0 left',
    'allowed, WITHIN_LIMIT: 5 used of 10, 0 reserved, 0 rolled over, 5 left',
  ]);
});

test('the rollover of docs/entitlements.md', () => {
  const steps = ['2026-01-01T00:00', '2026-01-31T00:00', '2026-02-28T00:00', '2026-03-31T00:00'];
  const check = (step: number): AccessBook => {
    return { step, after: true, account: 'one', feature: 'calls', kind: 'check' };
  };
  const history = historyOf(steps, [calls], {
    events: [
      ...used(1, 7, '2026-01-10T00:00'),
      ...used(2, 2, '2026-02-10T00:00'),
      ...used(3, 4, '2026-03-10T00:00'),
    ],
    features: [
      {
        ...{ code: 'calls', usage: CALLS, plan: 'Plan', limit: '10' },
        ...{ rolloverPeriods: 1, rolloverMaximum: '5' },
      },
    ],
    accesses: [check(1), check(2), check(3)],
  });
  const limits = recomputeAll(history).accesses.map((text) => /\d+ used of \d+/.exec(text)?.[0]);
  expect(limits).toEqual(['7 used of 10', '2 used of 13', '4 used of 15']);
});

test('recurring credits roll over as in docs/credits.md', () => {
  const calls100 = { name: 'calls', usage: CALLS, amount: '1', borrows: false };
  const history = historyOf(['2026-01-01T00:00', '2026-01-20T00:00', '2026-01-29T00:00'], [calls], {
    events: used(0, 30, '2026-01-05T00:00'),
    credits: {
      ...{ ...money, units: [calls100] },
      recurring: [
        {
          ...{ step: -1, name: 'bonus', unit: 'calls', amount: '100', priority: 0 },
          to: {
            ...{ account: 'one', startMs: at('2026-01-01T00:00'), timeZone: 'UTC' },
            cycles: { unit: 'week', count: 2 },
          },
          ...{ promotional: true, rolloverCycles: 1, rolloverMaximum: '50' },
        },
      ],
      checks: [1, 2].map((step) => {
        return { step, account: 'one', unit: 'calls', atMs: historyMs(step) };
      }),
    },
  });
  function historyMs(step: number): number {
    return [0, at('2026-01-20T00:00'), at('2026-01-29T00:00')][step] ?? 0;
  }
  const told = recomputeAll(history).balances.map(({ available, grants }) => [
    available,
    ...grants.map(({ remaining, burned, expired }) => `${remaining} ${burned} ${expired}`),
  ]);
  // In the third cycle 50 of the second one, and 100.
  expect(told).toEqual([
    ['150', '50 30 20', '100 0 0'],
    ['150', '0 30 70', '50 0 50', '100 0 0'],
  ]);
});

test('a promotional credit is spread over a bill as in docs/credits.md, and given back', () => {
  const flat = (name: string, amount: string): FeeBook => {
    return { ...plain, name, model: { kind: 'flat', amount } };
  };
  const grant = { step: 0, name: 'gift', account: 'one', unit: 'usd', amount: '10.01' };
  const history = historyOf(
    ['2026-01-01T00:00', '2026-02-01T01:00', '2026-02-05T00:00', '2026-03-01T01:00'],
    [flat('Base', '20'), flat('More', '10.5')],
    {
      credits: {
        ...money,
        grants: [{ ...grant, priority: 0, promotional: true, fromMs: at('2026-01-01T00:00') }],
      },
      priceCorrections: [
        {
          ...{ step: 2, plan: 'Plan', fee: 'Base', fromMs: at('2026-01-01T00:00') },
          ...{ model: { kind: 'flat', amount: '5' }, terms: {} },
        },
      ],
    },
  );
  const told = recompute(history).map(({ lines }) =>
    lines
      .filter(({ kind }) => kind === 'PROMOTIONAL_CREDIT')
      .map(({ covers, amount, reason }) => `${covers} ${amount} ${reason}`),
  );
  expect(told).toEqual([
    ['Base -6.56 UNSPECIFIED', 'More -3.45 UNSPECIFIED'],
    ['Base 1.56 PRICE_CORRECTED', 'Base -0.50 UNSPECIFIED', 'More -1.06 UNSPECIFIED'],
  ]);
});

const line = (description: string, amount: string) => ({
  ...{ kind: 'USAGE', reason: 'UNSPECIFIED', description, covers: '', startMs: 0, endMs: 10 },
  ...{ quantity: '1', events: 0, credited: false, billedAmount: '0', exactAmount: amount },
  ...{ amount, corrects: -1 },
});
const invoiceOf = (dueMs: number, ...amounts: readonly string[]): ExpectedInvoice => ({
  ...{ bills: [], account: 'one', currency: 'USD', digits: 2, dueMs },
  lines: amounts.map((amount, index) => line(`Fee ${index}`, amount) as never),
});

test.each([
  [
    ['20.00', '10.00'],
    ['5.00', '10%'],
    ['10% lets off 300 of 3000', '5.00 lets off 500 of 2700'],
  ],
  [['100.00'], ['80.00', '50.00'], ['80.00 lets off 8000 of 10000', '50.00 lets off 2000 of 2000']],
  [['100.00', '-100.00'], ['10%', '5.00'], []],
  [['-50.00'], ['10%'], ['10% lets off -500 of -5000']],
  [['-50.00'], ['5.00'], []],
])('of lines of %j the coupons %j let off %j', (amounts, coupons, off) => {
  const history = historyOf(['2026-01-01T00:00'], [calls], {
    invoicing: {
      taxes: { sellerCountry: 'DE', byLine: false, rates: [], customers: [], fees: [] },
      coupons: coupons.map((code) =>
        code.endsWith('%')
          ? { code, off: { percent: code.slice(0, -1) } }
          : { code, off: { amount: code, currency: 'USD' } },
      ),
      redemptions: coupons.map((code) => ({ step: 0, account: 'one', code, fromMs: 0 })),
    },
  });
  const [document = []] = documentsOf(history, [{ invoice: invoiceOf(5, ...amounts), total: 0n }]);
  expect(document.filter((text) => text.includes('lets off'))).toEqual(off);
});

test('taxes follow the customer, the category and the time; credits and the balance pay', () => {
  const rate = (name: string, percent: string, more = {}) => {
    return { name, percent, country: 'DE', ...more };
  };
  const paid = { step: 0, account: 'one', unit: 'usd', priority: 0, promotional: false };
  const history = historyOf(['2026-01-01T00:00'], [calls], {
    invoicing: {
      taxes: {
        ...{ sellerCountry: 'DE', byLine: false, customers: [] },
        rates: [
          rate('VAT', '19'),
          rate('VAT', '16', { fromMs: 9 }),
          rate('VAT', '7', { category: 'books' }),
          rate('Local', '1', { compound: true }),
          rate('VAT', '5', { country: 'CA' }),
        ],
        fees: [{ fee: 'Fee 1', category: 'books', included: true }],
      },
      ...{ coupons: [], redemptions: [] },
    },
    credits: { ...money, grants: [{ ...paid, name: 'prepaid', amount: '3', fromMs: 0 }] },
  });
  const documents = documentsOf(history, [
    { invoice: invoiceOf(20, '1.00', '2.00'), total: 400n },
    { invoice: invoiceOf(5, '-5.00'), total: -500n },
    { invoice: invoiceOf(5, '2.00'), total: 200n },
  ]);
  expect(documents.map((texts) => texts.map((text) => text.replace(' from 0', '')))).toEqual([
    [
      'Fee 0, 1.00: Local 1 compound, VAT 16',
      'Fee 1, 2.00: Local 1 included compound, VAT 7 included',
      ...['prepaid pays 300', 'balance 0', 'due 100'],
    ],
    ['Fee 0, -5.00: Local 1 compound, VAT 19', 'balance -500', 'due 0'],
    ['Fee 0, 2.00: Local 1 compound, VAT 19', 'balance 200', 'due 0'],
  ]);
});
