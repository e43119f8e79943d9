import {
  Cycles,
  recompute,
  type CycleBook,
  type FeeBook,
  type History,
  type PlanBook,
  type TermBook,
} from './index';

const MONTHLY: CycleBook = {
  unit: 'month',
  count: 1,
  anchor: { kind: 'start' },
  firstProration: 'day',
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const at = (text: string) => Date.parse(`${text}Z`);

const flat = (name: string, amount: string): FeeBook => ({
  name,
  model: { kind: 'flat', amount },
  terms: {},
  inAdvance: true,
  byQuantity: false,
});
const plan = (name: string, ...fees: FeeBook[]): PlanBook => ({
  ...{ name, currency: 'USD', digits: 2, fees },
});

test('the worked example of docs/subscriptions.md', () => {
  const stepsMs = ['2025-03-01T00:00', '2025-03-15T00:00', '2025-04-01T00:00'].map(at);
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 1, stepsMs, events: [], corrections: [] },
    plans: [plan('Small', flat('Small', '10')), plan('Large', flat('Large', '20'))],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
        facts: [
          { kind: 'subscribed', step: 0, plan: 'Small', quantity: '1', startMs: stepsMs[0] ?? 0 },
          { kind: 'changed', step: 1, plan: 'Large', when: { kind: 'now' }, proration: 'day' },
        ],
      },
    ],
  };
  const told = recompute(history).map(({ lines }) =>
    lines.map(({ description, amount, kind }) => `${description} ${kind} ${amount}`),
  );
  expect(told).toEqual([
    ['Small RECURRING 10.00'],
    ['Small ADJUSTMENT -5.48', 'Large RECURRING 10.97'],
    ['Large RECURRING 20.00'],
  ]);
});

test('the worked example of docs/bills.md', () => {
  const january = at('2025-01-01T00:00');
  const february = at('2025-02-01T00:00');
  const march = at('2025-03-01T00:00');
  const calls = (step: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ step, account: 'one', event: 'Calls', key: `${step}-${index}` },
      ...{ atMs: january + DAY_MS, properties: {} },
    }));
  const tiers = [
    { upTo: '100', unitAmount: '0', flatAmount: '0' },
    { upTo: '', unitAmount: '0.5', flatAmount: '0' },
  ];
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 1, corrections: [] },
    stepsMs: [january, february + HOUR_MS, march, march + HOUR_MS],
    events: [...calls(0, 120), ...calls(1, 30)],
    plans: [
      plan(
        'Plan',
        { ...flat('Seats', ''), byQuantity: true, model: { kind: 'per_unit', unitAmount: '10' } },
        {
          ...flat('Calls', ''),
          ...{ inAdvance: false, model: { kind: 'graduated', tiers } },
          usage: { event: 'Calls', aggregation: 'count' },
        },
      ),
    ],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
        facts: [{ kind: 'subscribed', step: 0, plan: 'Plan', quantity: '2', startMs: january }],
      },
    ],
  };
  const told = recompute(history).map(({ lines }) =>
    lines.map(({ description, amount }) => `${description} ${amount}`),
  );
  expect(told).toEqual([
    ['Seats 20.00'],
    ['Seats 20.00'],
    ['Calls 10.00'],
    ['Calls 15.00', 'Seats 20.00'],
    ['Calls 0.00'],
  ]);
});

test('months by the wall: the 31st comes back, a skipped time is later, of a doubled one the first counts', () => {
  const starts = (text: string, zone: string, n: number) =>
    new Date(new Cycles(Date.parse(text), zone, MONTHLY).cycle(n).startMs).toISOString();
  expect(starts('2025-01-31T00:00:00+01:00', 'Europe/Berlin', 1)).toBe('2025-02-27T23:00:00.000Z');
  expect(starts('2025-01-31T00:00:00+01:00', 'Europe/Berlin', 2)).toBe('2025-03-30T22:00:00.000Z');
  expect(starts('2025-01-30T02:30:00+01:00', 'Europe/Berlin', 2)).toBe('2025-03-30T01:30:00.000Z');
  expect(starts('2025-01-26T02:30:00+01:00', 'Europe/Berlin', 9)).toBe('2025-10-26T00:30:00.000Z');
});

test('quarters of the calendar: a first cycle from 10 February to 1 April is 50 of 90 days', () => {
  const book: CycleBook = {
    ...{ unit: 'quarter', count: 1, firstProration: 'day' },
    anchor: { kind: 'date', month: 1, day: 1 },
  };
  const { startMs, endMs, wholeStartMs } = new Cycles(at('2025-02-10T09:00'), 'UTC', book).cycle(0);
  expect([wholeStartMs, startMs, endMs]).toEqual(
    ['2025-01-01T00:00', '2025-02-10T09:00', '2025-04-01T00:00'].map(at),
  );
});

test('a plan charges no cycle that ended before it was made', () => {
  const stepsMs = ['2025-01-01T00:00', '2025-01-20T00:00'].map(at);
  const startMs = at('2024-12-10T00:00');
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 1, stepsMs, events: [], corrections: [] },
    plans: [plan('Plan', flat('Base', '10'))],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC' },
        cycles: { ...MONTHLY, unit: 'week' },
        facts: [{ kind: 'subscribed', step: 1, plan: 'Plan', quantity: '1', startMs }],
      },
    ],
  };
  const charged = recompute(history).flatMap(({ lines }) => lines.map((line) => line.startMs));
  expect(charged).toEqual(['2024-12-31T00:00', '2025-01-07T00:00', '2025-01-14T00:00'].map(at));
});

test('a change by days after one by the exact time on the same date counts from that one on', () => {
  const stepsMs = ['2025-03-01T00:00', '2025-03-16T12:00', '2025-03-16T18:00'].map(at);
  const change = (step: number, proration: 'second' | 'day', name: string) =>
    ({ kind: 'changed', step, plan: name, when: { kind: 'now' }, proration }) as const;
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 1, stepsMs, events: [], corrections: [] },
    plans: [
      plan('One', flat('One', '31')),
      plan('Two', flat('Two', '62')),
      plan('Three', flat('Three', '93')),
    ],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
        facts: [
          { kind: 'subscribed', step: 0, plan: 'One', quantity: '1', startMs: stepsMs[0] ?? 0 },
          change(1, 'second', 'Two'),
          change(2, 'day', 'Three'),
        ],
      },
    ],
  };
  const told = recompute(history).map(({ lines }) =>
    lines.map(({ description, amount }) => `${description} ${amount}`),
  );
  expect(told).toEqual([['One 31.00'], ['One -15.50', 'Two 31.00'], ['Two -31.00', 'Three 46.50']]);
});

test('a discount for so many cycles is over after them', () => {
  const stepsMs = ['2025-01-01T00:00', '2025-02-01T00:00', '2025-03-01T00:00'].map(at);
  const off = { percentOff: '20', discountCycles: '2' };
  const history: History = {
    ...{ graceMs: HOUR_MS, adjustCycles: 1, stepsMs, events: [], corrections: [] },
    plans: [plan('Small', { ...flat('Small', '10'), terms: off })],
    subscriptions: [
      {
        ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
        facts: [
          { kind: 'subscribed', step: 0, plan: 'Small', quantity: '1', startMs: stepsMs[0] ?? 0 },
        ],
      },
    ],
  };
  const told = recompute(history).flatMap(({ lines }) => lines.map(({ amount }) => amount));
  expect(told.filter((amount) => amount !== '0.00')).toEqual(['8.00', '8.00', '10.00']);
});

test.each([
  ['not_before_end', 'none', [], '2024-04-01'],
  ['free', 'day', ['Small -21.38'], '2024-02-10'],
  ['remaining_fees', 'day', ['Small -21.38', 'Early termination 52.38'], '2024-02-10'],
  ['remaining_fees', 'none', ['Early termination 31.00'], '2024-02-10'],
] as const)(
  'the worked example of minimum terms in docs/subscriptions.md: %s, refunded by %s',
  (early, proration, lines, end) => {
    const stepsMs = ['2024-01-01T00:00', '2024-02-10T00:00', '2024-06-01T00:00'].map(at);
    const [startMs = 0] = stepsMs;
    const length = { months: 3 };
    const term: TermBook = {
      ...{ first: length, renewal: length, endProration: 'day', noticeDays: 0 },
      early,
    };
    const history: History = {
      ...{ graceMs: HOUR_MS, adjustCycles: 12, stepsMs, events: [], corrections: [] },
      plans: [plan('Small', flat('Small', '31'))],
      subscriptions: [
        {
          ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
          facts: [
            { kind: 'subscribed', step: 0, plan: 'Small', quantity: '1', startMs, term },
            { kind: 'cancelled', step: 1, when: { kind: 'now' }, proration },
          ],
        },
      ],
    };
    const bills = recompute(history);
    const cancelled = bills.filter(({ momentMs }) => momentMs === stepsMs[1]);
    const told = cancelled.flatMap((bill) => bill.lines);
    expect(told.map(({ description, amount }) => `${description} ${amount}`)).toEqual(lines);
    // The last bill closes the cycle that it ends in.
    expect(bills.at(-1)?.dueMs).toBe(at(`${end}T00:00`));
  },
);

test('the worked example of settings in docs/bills.md: usage that changed has a bill of its own', () => {
  const stepsMs = [
    ...['2024-01-01T00:00', '2024-02-01T01:00', '2024-02-10T12:00', '2024-02-20T00:00'],
    '2024-03-02T00:00',
  ].map(at);
  const [startMs = 0] = stepsMs;
  const calls = (step: number, date: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      ...{ step, account: 'one', event: 'Calls', key: `${step}-${index}` },
      ...{ atMs: at(`${date}T00:00`), properties: {} },
    }));
  const fee: FeeBook = {
    ...{ ...flat('Calls', ''), inAdvance: false, model: { kind: 'per_unit', unitAmount: '0.5' } },
    usage: { event: 'Calls', aggregation: 'count' },
  };
  const told = (ownBills: boolean) =>
    recompute({
      ...{ graceMs: HOUR_MS, adjustCycles: 12, stepsMs, corrections: [] },
      events: [...calls(2, '2024-01-20', 2), ...calls(3, '2024-02-19', 4)],
      accounts: [{ account: 'one', ownBills }],
      plans: [plan('Plan', fee)],
      subscriptions: [
        {
          ...{ name: 'one', account: 'one', timeZone: 'UTC', cycles: MONTHLY },
          facts: [{ kind: 'subscribed', step: 0, plan: 'Plan', quantity: '1', startMs }],
        },
      ],
    }).map(({ momentMs, lines }) => {
      const date = new Date(momentMs).toISOString().slice(5, 16);
      return [date, ...lines.map(({ amount }) => amount)].join(' ');
    });
  expect(told(false)).toEqual(['02-01T01:00 0.00', '03-01T01:00 1.00 2.00']);
  expect(told(true)).toEqual(['02-01T01:00 0.00', '02-10T13:00 1.00', '03-01T01:00 2.00']);
});

test('a plan with prices in several currencies charges each subscription in its own', () => {
  const [startMs, afterMs] = [at('2024-01-01T00:00'), at('2024-02-02T00:00')];
  const base = { ...flat('Base', '31'), inAdvance: false };
  const prices = { Base: { model: { kind: 'flat', amount: '4500' }, terms: {} } } as const;
  const inYen = { currency: 'JPY', digits: 0, prices };
  const of = (name: string, currency?: string) => ({
    ...{ name, account: name, timeZone: 'UTC', cycles: MONTHLY },
    facts: [
      {
        ...({ kind: 'subscribed', step: 0, plan: 'Plan', quantity: '1', startMs } as const),
        ...(currency === undefined ? {} : { currency }),
      },
    ],
  });
  const bills = recompute({
    ...{
      graceMs: HOUR_MS,
      adjustCycles: 12,
      stepsMs: [startMs, afterMs],
      events: [],
      corrections: [],
    },
    plans: [{ ...plan('Plan', base), otherCurrencies: [inYen] }],
    subscriptions: [of('one'), of('two', 'JPY')],
  });
  expect(bills.map(({ currency, lines }) => `${currency} ${lines[0]?.amount}`)).toEqual([
    'USD 31.00',
    'JPY 4500',
  ]);
});
