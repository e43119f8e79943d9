import { decimal } from '@billingrails/money';
import fc from 'fast-check';
import { TransactionCounter, type FreePart } from '../index';
import { divideFree } from './free-part';

const one = (amount: number | string) => ({ amount: decimal(amount), count: 1n });

/** What is free, and how many are charged what, by rising amounts. */
function divided(part: FreePart, transactions: Parameters<typeof divideFree>[1]) {
  const { free, charged } = divideFree(part, transactions);
  const counts = new Map<string, bigint>();
  for (const { amount, count } of charged)
    counts.set(amount.toString(), (counts.get(amount.toString()) ?? 0n) + count);
  return { free, charged: [...counts].sort() };
}

test('of what is counted the same is free, by each of several free parts, as of each event in its order', () => {
  const events = fc.option(fc.bigInt({ min: 1n, max: 8n }), { nil: undefined });
  const amount = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
  const part = fc.tuple(events, amount).map(([most, sum]): FreePart => ({
    ...(most === undefined ? {} : { events: most }),
    ...(sum === undefined ? {} : { amount: decimal(sum) }),
  }));
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 3 }),
      fc.array(fc.integer({ min: -6, max: 12 }), { maxLength: 20 }),
      (parts, amounts) => {
        const counter = new TransactionCounter(parts);
        for (const each of amounts) counter.add(String(each));
        for (const own of parts)
          expect(divided(own, counter.transactions)).toEqual(divided(own, amounts.map(one)));
      },
    ),
    { numRuns: 500 },
  );
});

test('it holds as much as there are amounts, however many events there are', () => {
  const counter = new TransactionCounter([{ events: 700n }, { amount: decimal('10000') }]);
  for (let count = 0; count < 1_000; count += 1) counter.add(count % 2 === 0 ? '5' : '7');
  expect(counter.transactions).toEqual([
    { amount: decimal('5'), count: 350n },
    { amount: decimal('7'), count: 349n },
    one('7'),
    { amount: decimal('5'), count: 150n },
    { amount: decimal('7'), count: 150n },
  ]);
});

test('many alike are divided at once', () => {
  const most = 10n ** 15n;
  const alike = [{ amount: decimal('0.3'), count: most }];
  const { free, charged } = divideFree({ amount: decimal('1') }, alike);
  expect(free).toEqual({ quantity: decimal('1'), eventCount: 3n });
  expect(charged).toEqual([one('0.2'), { amount: decimal('0.3'), count: most - 4n }]);
});
