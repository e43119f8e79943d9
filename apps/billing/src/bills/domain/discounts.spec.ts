import { derivedId, type MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import type { Discount } from '../../catalogue/domain/discount';
import type { Fact } from '../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
} from './testing/ledger';

const month = (number: number, day = 1) => Date.UTC(2024, number - 1, day);
const id = (name: string) => derivedId('dsc', name);
const base = feeOf('base', flat('30'), { inAdvance: true });
const calls = feeOf('calls', perUnit('0.5'), {
  meterProfile: { meterId: 'mtr_1' as MeterId, profile: 'count' },
});
const plan = planOf('plan', base, calls);
const added = (ms: number, discount: Discount, name = 'one') =>
  factAt(ms, { kind: 'discount_added', discountId: id(name), discount });
const removed = (ms: number, name = 'one') =>
  factAt(ms, { kind: 'discount_removed', discountId: id(name) });
const amount = (amountOff: string, rest: Partial<Discount> = {}): Discount => {
  return { amountOff: decimal(amountOff), ...rest };
};
const percent = (percentOff: string, rest: Partial<Discount> = {}): Discount => {
  return { percentOff: decimal(percentOff), ...rest };
};
const used = (count: number) => () => ({ quantity: decimal(count), eventCount: BigInt(count) });

/** The lines of bills at instants, each by the facts that were known by then. */
function linesAt(instants: readonly number[], facts: readonly Fact[], meter = used(40)) {
  const ledger = newLedger();
  return instants.map((ms) => {
    const known = facts.filter(({ knownMs }) => knownMs <= ms);
    return ledger
      .bill(agreementOf([plan, planOf('other', feeOf('other', flat('62')))], ...known), ms, meter)
      .flatMap(({ charge: { description }, lines }) =>
        lines.map(({ kind, reason, minorUnits }) =>
          [description, kind, ...(reason === undefined ? [] : [reason]), minorUnits].join(' '),
        ),
      );
  });
}

test('the worked example: 40.00 off, added on 10 January for two cycles, is spread over the fees as they fall due', () => {
  const off = amount('40', { name: 'Welcome', until: { kind: 'cycles', cycles: 2 } });
  const instants = [month(1), month(1, 10), month(2), month(3), month(4)];
  expect(linesAt(instants, [added(month(1, 10), off)])).toEqual([
    ['base recurring 3000'],
    ['Welcome (base) discount -3000'],
    [
      ...['calls usage 2000', 'base recurring 3000'],
      ...['Welcome (calls) discount -1000', 'Welcome (base) discount -3000'],
    ],
    ['calls usage 2000', 'base recurring 3000', 'Welcome (calls) discount -1000'],
    ['calls usage 2000', 'base recurring 3000'],
  ]);
});

test('a percentage that begins inside a cycle is let off of all of it, and the lines say why', () => {
  const facts = [added(month(1, 10), percent('10'))];
  expect(linesAt([month(1), month(1, 10), month(2)], facts)).toEqual([
    ['base recurring 3000'],
    ['base adjustment discount_changed -3000', 'base adjustment discount_changed 2700'],
    ['calls usage 1800', 'base recurring 2700'],
  ]);
});

test('what was billed since another change is let off for the discount, not for that change', () => {
  const toPlan = (day: number, name: string) =>
    factAt(month(1, day), { kind: 'plan_changed', proration: 'day', ...planRefOf(name) });
  const facts = [toPlan(10, 'other'), toPlan(17, 'plan'), added(month(1, 20), percent('10'))];
  const instants = [month(1), month(1, 17), month(1, 20)];
  // Of 30.00 for 31 days, 9 until the 10th and 15 from the 17th on: 23.23 before, 20.90 with a tenth off.
  expect(linesAt(instants, facts).at(-1)).toEqual([
    ...['base adjustment discount_changed -871', 'base adjustment discount_changed 783'],
    ...['base adjustment discount_changed -1451', 'base adjustment discount_changed 1306'],
  ]);
});

test.each<[string, Fact[], cents: number[]]>([
  ['inside a cycle it holds for that', [removed(month(2, 10))], [2700, 2700, 3000]],
  ['with a cycle it does not', [removed(month(2))], [2700, 3000, 3000]],
  ['at its beginning it never held', [removed(month(1))], [3000, 3000, 3000]],
  ['before it begins it never does', [removed(month(1, 5))], [3000, 3000, 3000]],
])('taken away %s', (name, gone, cents) => {
  const startMs = name.startsWith('before') ? month(1, 20) : month(1);
  const facts = [
    { ...added(startMs, percent('10')), knownMs: month(1) },
    ...gone.map((fact) => ({ ...fact, knownMs: month(1) })),
  ];
  const lines = linesAt([month(1), month(2), month(3)], facts, used(0)).flat();
  const billed = lines.flatMap((line) => (line.startsWith('base') ? line.split(' ').at(-1) : []));
  expect(billed.map(Number)).toEqual(cents);
});

test('of one fee alone; of several one after the other, percentages first; never more than there is', () => {
  const facts = [
    added(month(1), amount('1000', { feeId: feeIdOf('calls') }), 'one'),
    added(month(1), amount('4'), 'two'),
    added(month(1), amount('5', { name: 'Five' }), 'three'),
    added(month(1), percent('50', { feeId: feeIdOf('base') }), 'four'),
  ];
  expect(linesAt([month(1)], facts)[0]).toEqual([
    'base recurring 1500',
    'Discount (base) discount -400',
    'Five (base) discount -500',
  ]);
  const [january] = linesAt([month(2)], facts);
  expect(january).toContain('Discount (calls) discount -2000');
});

test('what comes late changes what is left to let off, by one line that is the difference', () => {
  const facts = [added(month(1), amount('45'))];
  const ledger = newLedger();
  const agreement = agreementOf([plan], ...facts);
  ledger.bill(agreement, month(2), used(20), 0, { firstCycle: 0, lastCycle: 0 });
  const late = ledger.bill(agreement, month(2), used(60), 0, { firstCycle: 0, lastCycle: 0 });
  expect(
    late.flatMap(({ charge: { description }, lines }) =>
      lines.map(({ kind, reason, billed, minorUnits }) => {
        return [description, kind, reason, billed.toString(), minorUnits].join(' ');
      }),
    ),
  ).toEqual([
    'calls adjustment late_usage 10 2000',
    'Discount (calls) adjustment discount_changed -10 -500',
  ]);
});

test('an amount is let off whole of a cycle that a change cuts, and a commitment counts as if it were not', () => {
  const changed = factAt(month(1, 17), {
    ...{ kind: 'plan_changed', proration: 'day' },
    ...planRefOf('other'),
  });
  // 15 of 31 days of 62.00 are 30.00; of 30.00 in advance 16 days stay, 15.48.
  const lines = linesAt(
    [month(1), month(1, 17), month(2)],
    [added(month(1), amount('40')), changed],
  );
  expect(lines).toEqual([
    ['base recurring 3000', 'Discount (base) discount -3000'],
    [
      ...['base adjustment plan_changed -1452'],
      ...['Discount (base) adjustment discount_changed 1452'],
    ],
    expect.arrayContaining(['Discount (other) discount -452', 'Discount (calls) discount -2000']),
  ]);
  const commitment = {
    ...{ name: 'Commitment', amount: decimal(50n), cycles: 1 },
    overageFactor: decimal(1n),
  };
  const committed = agreementOf([{ ...plan, commitment }], added(month(1), amount('40')));
  const bill = newLedger().bill(committed, month(2), used(40));
  expect(bill.find(({ charge }) => charge.kind === 'commitment')?.roundedMinorUnits).toBe(3000n);
});
