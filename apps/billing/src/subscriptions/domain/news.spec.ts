import { derivedId, type AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { changedBy, type ChangeDraft } from './change';
import { cancelled } from './cancellation';
import type { Fact } from './fact';
import { factsOf } from './facts-of';
import { newsOf } from './news';
import { lastTermsAt } from './present';
import { MONTHLY_FROM_START, NOT_BILLED, type Subscription } from './subscription';
import { takenBack } from './take-back';

const at = (date: string) => Date.parse(`2024-${date}T00:00:00Z`);
const version = (planVersion: number) => ({ planId: derivedId('plan', 'plan'), planVersion });
const feeId = derivedId('fee', 'fee');
const price = (amount: number) => ({ kind: 'flat', amount: decimal(amount) }) as const;

const subscription: Subscription = {
  id: 'sub_1',
  accountId: derivedId('acct', 'account') as AccountId,
  ...version(1),
  startMs: at('01-01'),
  timeZone: 'UTC',
  currencyCode: 'USD',
  fees: [],
  quantity: decimal(4),
  changes: [],
  ...MONTHLY_FROM_START,
  billed: NOT_BILLED,
  cycle: 0,
  createMs: at('01-01'),
};

type What = Pick<ChangeDraft, 'plan' | 'quantity' | 'addOns' | 'fees'>;

const four: What = { quantity: decimal(4) };
const seven: What = { quantity: decimal(7) };
const first: What = { plan: version(1) };
const second: What = { plan: version(2) };
const addOn = (quantity: number): What => {
  return {
    addOns: [{ ...version(1), planId: derivedId('plan', 'add-on'), quantity: decimal(quantity) }],
  };
};
const fee = (change: { price?: ReturnType<typeof price>; removed?: boolean }): What => {
  return { fees: [{ feeId, removed: false, ...change }] };
};

/** Said on one date of another: with no other, of the present. */
function say(of: Subscription, what: What, said: string, effective?: string): Subscription {
  const timing =
    effective === undefined
      ? { kind: 'now' as const }
      : { kind: 'at_time' as const, ms: at(effective) };
  return changedBy(of, { ...what, timing, proration: 'day' }, at(said));
}

const soOn = (of: Subscription, date: string) => {
  const { planVersion, quantity, addOns = [], feeChanges } = lastTermsAt(of, at(date));
  const fees = [...(feeChanges?.values() ?? [])].map(({ price: own }) => own);
  return { planVersion, quantity, addOns: addOns.map((each) => each.quantity), fees };
};

test.each<[string, What, What]>([
  ['a quantity', four, seven],
  ['a version', first, second],
  ['an add-on that is detached', addOn(0), addOn(3)],
  ['a fee as listed', fee({}), fee({ price: price(1) })],
])(
  'of an instant to come, %s is kept that is so by now: what is agreed meanwhile ends then',
  (_what, so, other) => {
    const known = say(subscription, so, '01-02', '03-01');
    const meanwhile = say(known, other, '02-01');
    expect(soOn(meanwhile, '02-10')).not.toEqual(soOn(known, '01-10'));
    expect(soOn(meanwhile, '03-10')).toEqual(soOn(known, '03-10'));
  },
);

test('and it is so then also where what made it so is taken back', () => {
  const twice = say(say(subscription, seven, '01-02', '02-01'), seven, '01-03', '03-01');
  const once = takenBack(twice, 1, at('01-04'));
  expect([soOn(once, '02-10').quantity, soOn(once, '03-10').quantity]).toEqual([
    decimal(4),
    decimal(7),
  ]);
});

test('what is so at present, or was said of the same instant, is not kept', () => {
  expect(say(subscription, { ...four, ...first, ...addOn(0) }, '01-02')).toBe(subscription);
  const known = say(subscription, { ...seven, ...addOn(3) }, '01-02', '02-01');
  expect(say(known, { ...seven, ...addOn(3) }, '01-03', '02-01')).toBe(known);
  // Something else was said of it since.
  const otherwise = say(known, four, '01-03', '02-01');
  expect(soOn(say(otherwise, seven, '01-04', '02-01'), '02-10').quantity).toEqual(decimal(7));
});

test('a price is kept that is agreed again, as it may be corrected in between later on', () => {
  const agreed = fee({ price: price(1) });
  const again = say(say(subscription, agreed, '01-02'), agreed, '03-01');
  expect(again.changes).toHaveLength(2);
  expect(newsOf(factsOf(again))).toHaveLength(2);
  const corrected: Fact = {
    ...{ kind: 'price_corrected', feeId, price: price(2), note: 'it was wrong' },
    ...{ effectiveMs: at('02-01'), knownMs: at('04-01') },
  };
  expect(newsOf(factsOf({ ...again, changes: [...again.changes, corrected] }))).toHaveLength(4);
});

test('what still says nothing else when it takes effect is as if it had not been said', () => {
  const so = say(subscription, { ...four, ...first, ...addOn(0), ...fee({}) }, '01-02', '02-01');
  expect(so.changes).toHaveLength(4);
  expect(newsOf(factsOf(so))).toEqual(factsOf(subscription));
});

test('an end after the one that holds is kept, and holds where that is taken back', () => {
  const [early, late] = [at('02-01'), at('03-01')];
  const ending = cancelled(subscription, { endMs: early }, at('01-02'), 'day');
  const twice = cancelled(ending, { endMs: late }, at('01-03'), 'day');
  expect(twice.endMs).toBe(early);
  expect(takenBack(twice, 1, at('01-04')).endMs).toBe(late);
  expect(cancelled(twice, { endMs: late }, at('01-05'), 'none')).toBe(twice);
  expect(cancelled(twice, { endMs: late }, early, 'none')).toBe(twice);
});
