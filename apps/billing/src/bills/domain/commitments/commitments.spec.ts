import type { MeterId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { Fact, FactContent } from '../../../subscriptions/domain/fact';
import {
  agreementOf,
  factAt,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planOf,
  planRefOf,
} from '../testing/ledger';

const month = (number: number, day = 1) => Date.UTC(2024, number - 1, day);
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };
const calls = feeOf('calls', perUnit('1'), { meterProfile });

const committed = (amount: string, cycles = 1, overageFactor = '1') => ({
  commitment: {
    ...{ name: 'Commitment', amount: decimal(amount), cycles },
    overageFactor: decimal(overageFactor),
  },
});
const planWith = (commitment: object, ...fees: (typeof calls)[]) => ({
  ...planOf('plan', calls, ...fees),
  ...commitment,
});

/** Bills at the beginning of each month from February on, where so much is used in each month. */
function billed(
  agreement: ReturnType<typeof agreementOf>,
  used: readonly number[],
  ledger = newLedger(),
  first = 2,
) {
  const lines: string[] = [];
  for (let number = first; number <= used.length + 1; number += 1) {
    const entries = ledger.bill(agreement, month(number), ({ period }) => {
      const quantity = used[new Date(period.startMs).getUTCMonth()] ?? 0;
      return { quantity: decimal(quantity), eventCount: BigInt(quantity) };
    });
    for (const { charge, lines: own } of entries)
      for (const { kind, reason = '', minorUnits } of own)
        if (kind === 'commitment' || charge.kind === 'commitment')
          lines.push([number, kind, reason, Number(minorUnits)].join(' ').replace('  ', ' '));
  }
  return lines;
}

test('the worked example: what is missing to 100.00 a month, and half as much again beyond', () => {
  const plan = planWith(committed('100', 1, '1.5'));
  expect(billed(agreementOf([plan]), [60, 130, 100])).toEqual([
    '2 commitment 4000',
    '3 commitment 1500',
    '4 commitment 0',
  ]);
});

test('beyond a commitment usage may cost less: a credit', () => {
  expect(billed(agreementOf([planWith(committed('100', 1, '0.8'))]), [150])).toEqual([
    '2 commitment -1000',
  ]);
});

test('for three months together it is billed once, and what came late makes one difference', () => {
  const agreement = agreementOf([planWith(committed('300', 3))]);
  const ledger = newLedger();
  expect(billed(agreement, [50, 60, 40], ledger)).toEqual(['4 commitment 15000']);
  // Twenty more in January; two hundred more in February: beyond what is committed to nothing is missing.
  expect(billed(agreement, [70, 60, 40, 0], ledger, 5)).toEqual([
    '5 adjustment changed_usage -2000',
  ]);
  expect(billed(agreement, [70, 260, 40, 0], ledger, 5)).toEqual([
    '5 adjustment changed_usage -13000',
  ]);
  expect(billed(agreement, [70, 260, 40, 0], ledger, 5)).toEqual([]);
});

test('lines that count are counted as they are rounded, so that they sum to the commitment', () => {
  const thirds = feeOf('thirds', perUnit('0.3335'), { meterProfile });
  const plan = { ...planOf('plan', thirds), ...committed('10') };
  const ledger = newLedger();
  expect(billed(agreementOf([plan]), [11], ledger)).toEqual(['2 commitment 633']);
  expect(ledger.total()).toBe(1000n);
});

const cancelled = (ms: number, proration: 'day' | 'none'): Fact =>
  factAt(ms, { kind: 'cancelled', proration });

test.each([
  ['ends with 20 of 31 days of its second month of two, by days', '62', 2, 31 + 20],
  ['begins and ends inside', '31', 1, 20],
])('a subscription that %s', (_what, amount, cycles, days) => {
  const endMs = month(1) + days * 86_400_000;
  const agreement = agreementOf([planWith(committed(amount, cycles))], cancelled(endMs, 'day'));
  const ledger = newLedger();
  ledger.bill(agreement, month(6), () => ({ quantity: decimal(0), eventCount: 0n }));
  const own = [...ledger.posted.values()].find(({ charge }) => charge.kind === 'commitment');
  const whole = cycles === 2 ? 31 * 100 + Math.round((31 * 100 * 20) / 29) : 20 * 100;
  expect(own?.roundedMinorUnits).toBe(BigInt(whole));
});

test('without a refund the cycle counts whole in which a subscription ends, and no cycle after it', () => {
  const agreement = agreementOf([planWith(committed('120', 12))], cancelled(month(2, 10), 'none'));
  const ledger = newLedger();
  ledger.bill(agreement, month(6), () => ({ quantity: decimal(0), eventCount: 0n }));
  expect(ledger.total()).toBe(2000n);
});

test('there is a commitment for the time alone in which usage is charged, and spans follow a trial', () => {
  const trial: Fact[] = [
    factAt(month(1), { kind: 'trial_started', billed: 'nothing' }),
    factAt(month(2), { kind: 'trial_ended', converts: true, proration: 'day' }),
  ];
  const paused: Fact[] = [
    factAt(month(2, 11), { kind: 'paused', billed: 'recurring', proration: 'day' }),
    factAt(month(3), { kind: 'resumed', proration: 'day' }),
  ];
  const agreement = agreementOf([planWith(committed('58', 2))], ...trial, ...paused);
  expect(billed(agreement, [0, 0, 0])).toEqual([
    // 29.00 for 10 of the 29 days of February, and for March.
    '4 commitment 3900',
  ]);
});

test('a change of plan inside a cycle commits to each for its time, and the later says what is beyond', () => {
  const other = { ...planOf('other', calls), ...committed('58', 1, '2') };
  const changed = factAt(month(2, 11), {
    ...{ kind: 'plan_changed', planId: other.id, planVersion: 1, proration: 'day' },
  });
  const agreement = agreementOf([planWith(committed('29')), other], changed);
  // 10.00 and 38.00 for February.
  expect(billed(agreement, [29, 0, 60])).toEqual([
    '2 commitment 0',
    '3 commitment 4800',
    '4 commitment 200',
  ]);
});

test('the line ends with the commitment, whatever else changes on the date by days that it ends on', () => {
  const other = planOf('other', calls);
  const noon = (what: FactContent) => factAt(month(2, 11) + 12 * 3_600_000, what);
  const correction = {
    kind: 'price_corrected',
    feeId: calls.id,
    price: perUnit('1'),
    note: 'wrong',
  } as const;
  const facts = [
    factAt(month(2, 11) + 3_600_000, correction),
    noon({ kind: 'plan_changed', ...planRefOf('other'), proration: 'day' }),
  ];
  const ledger = newLedger();
  billed(agreementOf([planWith(committed('29')), other], ...facts), [29, 0], ledger);
  const own = [...ledger.posted.values()].filter(({ charge }) => charge.kind === 'commitment');
  const ends = own.map(({ charge }) => charge.parts[0]?.period.endMs);
  expect(ends).toEqual([month(2), month(2, 11) + 12 * 3_600_000]);
});

test('what a subscription agreed on for itself holds before its plan, and nothing is agreed on, too', () => {
  const own = ({ commitment }: { commitment: object }) => {
    const agreement = agreementOf([planWith(committed('100'))]);
    const [subscribed, ...rest] = agreement.facts;
    return { ...agreement, facts: [{ ...subscribed, commitment } as Fact, ...rest] };
  };
  expect(billed(own(committed('70')), [60])).toEqual(['2 commitment 1000']);
  expect(billed(own(committed('0')), [60])).toEqual([]);
});

test('fees are chosen that count: one by usage that is left out, one that recurs and counts', () => {
  const base = feeOf('base', flat('20'), { counting: 'counted' });
  const left = feeOf('left', perUnit('1'), { meterProfile, counting: 'left_out' });
  expect(billed(agreementOf([planWith(committed('100'), base, left)]), [60])).toEqual([
    '2 commitment 2000',
  ]);
});

test('as there: a commitment of 30.00 a week that ends a day early is 25.71', () => {
  const weekly = { unit: 'week', count: 1, anchor: { kind: 'start' } } as const;
  const endMs = month(1, 7);
  const agreement = agreementOf([planWith(committed('30'))], cancelled(endMs, 'day'));
  const subscription = { ...agreement.subscription, cycleRule: weekly };
  const ledger = newLedger();
  const none = () => ({ quantity: decimal(0), eventCount: 0n });
  ledger.bill({ ...agreement, subscription }, month(2), none);
  expect(ledger.total()).toBe(2571n);
});

test('the line shows what counted, what was committed to and the factor', () => {
  const ledger = newLedger();
  billed(agreementOf([planWith(committed('100', 1, '1.5'))]), [130], ledger);
  const own = [...ledger.posted.values()].find(({ charge }) => charge.kind === 'commitment');
  const [step] = own?.charge.parts[0]?.rated.steps ?? [];
  expect(step?.kind === 'commitment' && decimalText(step.counted)).toBe('130');
  expect(step?.kind === 'commitment' && decimalText(step.committed)).toBe('100');
});
