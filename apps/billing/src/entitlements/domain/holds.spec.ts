import { decimal, decimalText } from '@billingrails/money';
import fc from 'fast-check';
import {
  changed,
  heldIn,
  NO_HOLDS,
  pruned,
  stillOpen,
  type Holds,
  type SettledHold,
} from './holds';

const periods = {
  period: { startMs: 1000, endMs: 2000 },
  usedPeriod: { startMs: 1000, endMs: 1500 },
  nowMs: 1500,
};

const settled = (quantity: string, key: string, eventMs: number): SettledHold => ({
  ...{ id: `rsv_${key}`, quantity: decimal(quantity), key, eventMs },
});

const texts = (
  holds: Partial<Holds>,
  known: [key: string, timestampMs: number | undefined][] = [],
) => {
  const { reserved, held } = heldIn({ ...NO_HOLDS, ...holds }, new Map(known), periods);
  return [decimalText(reserved), decimalText(held)];
};

test.each<[string, number, [string, number | undefined][], string]>([
  ['its event has not come', 1400, [], '5'],
  ['its event is counted', 1400, [['k', 1400]], '0'],
  ['its event is counted, of so long ago that its time is lost', 1400, [['k', undefined]], '0'],
  ['its event is dated after the present', 1400, [['k', 1600]], '5'],
  ['its event turns out to be of the period before', 1400, [['k', 900]], '0'],
  ['its event turns out to be of the period after', 1400, [['k', 2000]], '0'],
  ['it was used in the period before', 999, [], '0'],
  ['it was used at the first instant', 1000, [], '5'],
  ['it is used at the period after', 2000, [], '0'],
  ['another event is counted', 1400, [['other', 1400]], '5'],
])('of what was settled, where %s (at %i, known %j), %3$s counts', (_rule, atMs, known, held) => {
  expect(texts({ settled: [settled('5', 'k', atMs)] }, known)).toEqual(['0', held]);
});

test('what is reserved counts until it expires, to the millisecond', () => {
  const open = [
    { id: 'rsv_1', quantity: decimal('0.1'), expireMs: 1501 },
    { id: 'rsv_2', quantity: decimal('0.2'), expireMs: 1500 },
    { id: 'rsv_3', quantity: decimal('99999999999999999999.999999999999999999'), expireMs: 9999 },
  ] as const;
  const sum = '100000000000000000000.099999999999999999';
  expect(texts({ open, settled: [settled('1', 'k', 1400)] })).toEqual([
    sum,
    '100000000000000000001.099999999999999999',
  ]);
});

test('nothing that still counts is forgotten, and all that counts no more is', () => {
  const DAYS_30 = 30 * 24 * 60 * 60_000;
  const holds: Holds = {
    version: 7,
    open: [
      { id: 'rsv_1', quantity: decimal('1'), expireMs: 1501 },
      { id: 'rsv_2', quantity: decimal('1'), expireMs: 1500 },
    ],
    settled: [
      settled('1', 'waits', 1400),
      settled('1', 'counted', 1400),
      settled('1', 'dated later', 1400),
      settled('1', 'never came', 1500 - DAYS_30),
    ],
  };
  const known = new Map([
    ['counted', 1499],
    ['dated later', 1600],
  ]);
  const left = pruned(holds, known, 1500);
  expect(left.open.map(({ id }) => id)).toEqual(['rsv_1']);
  expect(left.settled.map(({ key }) => key)).toEqual(['waits', 'dated later']);
});

test('an answer is exact where nothing that was reserved has ended meanwhile', () => {
  const reserve = (id: 'rsv_1' | 'rsv_2') =>
    ({ kind: 'reserve', id, quantity: decimal('1'), expireMs: 9999 }) as const;
  const one = changed(NO_HOLDS, reserve('rsv_1'));
  expect(stillOpen(one, changed(one, reserve('rsv_2')))).toBe(true);
  expect(stillOpen(one, changed(one, { kind: 'release', id: 'rsv_1' }))).toBe(false);
  expect(stillOpen(one, undefined)).toBe(false);
});

/** What a caller does, and what metering does with its event, in any order. */
const lives = fc.array(
  fc.record({
    quantity: fc.integer({ min: 0, max: 50 }),
    actual: fc.integer({ min: 0, max: 60 }),
    steps: fc.subarray(['settle', 'count'] as const, { minLength: 0 }),
    released: fc.boolean(),
    prune: fc.boolean(),
  }),
  { maxLength: 12 },
);

test('metered and held together are what is reserved, or else what was used, each once', () => {
  fc.assert(
    fc.property(lives, (all) => {
      let holds = NO_HOLDS;
      const known = new Map<string, number>();
      let metered = 0n;
      let expected = 0n;
      for (const [index, { quantity, actual, steps, released, prune }] of all.entries()) {
        const [id, key] = [`rsv_${index}`, `k${index}`] as const;
        holds = changed(holds, {
          ...{ kind: 'reserve', id, quantity: decimal(BigInt(quantity)), expireMs: 9999 },
        });
        if (steps.includes('settle')) {
          holds = changed(holds, {
            ...{ kind: 'settle', id, quantity: decimal(BigInt(actual)), key, eventMs: 1400 },
          });
          expected += BigInt(actual);
          if (steps.includes('count')) {
            metered += BigInt(actual);
            known.set(key, 1400);
          }
        } else if (released) {
          holds = changed(holds, { kind: 'release', id });
        } else expected += BigInt(quantity);
        if (prune) holds = pruned(holds, known, 1500);
      }
      const { held } = heldIn(holds, known, periods);
      expect(decimalText(held.add(decimal(metered)))).toBe(String(expected));
    }),
  );
});
