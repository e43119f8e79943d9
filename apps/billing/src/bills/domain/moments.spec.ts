import { decimal } from '@billingrails/money';
import fc from 'fast-check';
import type { Fact } from '../../subscriptions/domain/fact';
import { nextMoment, type Moment, type Progress } from './moments';
import type { Agreement } from './agreement';
import {
  agreementOf,
  factAt,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planRefOf,
  planOf,
} from './testing/ledger';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);
const END = Date.UTC(2024, 3, 1);
const plans = [
  planOf(
    'old',
    feeOf('old advance', flat('31'), { inAdvance: true }),
    feeOf('old arrear', flat('17')),
    feeOf('old seats', perUnit('3.33'), { inAdvance: true, byQuantity: true }),
  ),
  planOf('new', feeOf('new advance', flat('62'), { inAdvance: true })),
];
const at = (text: string) => Date.parse(`2024-${text}Z`);
const iso = (ms: number) => new Date(ms).toISOString().slice(5, 16);

/** Every moment up to the instant, as the scheduler takes them. */
function momentsOf(agreement: Agreement, graceMs: number, untilMs: number): Moment[] {
  const moments: Moment[] = [];
  let progress: Progress = { cycle: 0, billedFacts: 1 };
  for (;;) {
    const moment = nextMoment(agreement, progress, graceMs);
    if (moment === undefined || moment.ms > untilMs || moments.length > 100) return moments;
    moments.push(moment);
    progress = {
      cycle: progress.cycle + (moment.closes ? 1 : 0),
      billedUntilMs: moment.ms,
      billedFacts: agreement.facts.length,
    };
  }
}

const told = (moments: readonly Moment[]) =>
  moments.map(({ ms, closes }) => `${iso(ms)}${closes ? ' closes' : ''}`);

const changed = (time: string, knownMs?: number) =>
  factAt(at(time), { kind: 'plan_changed', ...planRefOf('new'), proration: 'second' }, knownMs);
const cancelled = (time: string) => factAt(at(time), { kind: 'cancelled', proration: 'none' });

test('fees in advance fall due where a cycle begins, a cycle where its grace is over', () => {
  expect(told(momentsOf(agreementOf(plans), HOUR, at('03-01T01:00:00')))).toEqual([
    '01-01T00:00',
    '02-01T00:00',
    '02-01T01:00 closes',
    '03-01T00:00',
    '03-01T01:00 closes',
  ]);
});

test('without a grace the end of one cycle and the beginning of the next are one bill', () => {
  expect(told(momentsOf(agreementOf(plans), 0, at('03-01T00:00:00')))).toEqual([
    '01-01T00:00',
    '02-01T00:00 closes',
    '03-01T00:00 closes',
  ]);
});

test('where nothing is charged in advance, only ends of cycles fall due', () => {
  const arrear = [planOf('old', feeOf('fee', flat('1')))];
  expect(told(momentsOf(agreementOf(arrear), HOUR, at('02-01T01:00:00')))).toEqual([
    '02-01T01:00 closes',
  ]);
});

test('a change falls due when it takes effect', () => {
  const agreement = agreementOf(plans, changed('01-16T12:00:00'));
  expect(told(momentsOf(agreement, 0, at('02-01T00:00:00')))).toEqual([
    '01-01T00:00',
    '01-16T12:00',
    '02-01T00:00 closes',
  ]);
});

test('a change that the last bill did not know falls due at once, also at the instant of that bill', () => {
  const agreement = agreementOf(plans, changed('01-16T12:00:00'));
  const progress = { cycle: 0, billedUntilMs: at('01-16T12:00:00'), billedFacts: 1 };
  expect(nextMoment(agreement, progress, 0)).toEqual({ ms: at('01-16T12:00:00'), closes: false });
  const late = { ...progress, billedUntilMs: at('01-20T00:00:00') };
  expect(nextMoment(agreement, late, 0)).toEqual({ ms: at('01-20T00:00:00'), closes: false });
});

test('a cancelled subscription closes its last cycle where it ends, after the grace, and nothing follows', () => {
  const agreement = agreementOf(plans, cancelled('02-10T00:00:00'));
  expect(told(momentsOf(agreement, HOUR, END))).toEqual([
    '01-01T00:00',
    '02-01T00:00',
    '02-01T01:00 closes',
    '02-10T00:00',
    '02-10T01:00 closes',
  ]);
  expect(told(momentsOf(agreementOf(plans, cancelled('01-01T00:00:00')), HOUR, END))).toEqual([
    '01-01T00:00',
  ]);
});

const hours = fc.integer({ min: 0, max: (END - START) / HOUR - 1 }).map((h) => START + h * HOUR);
const change = fc.oneof(
  fc.constant({ kind: 'plan_changed', ...planRefOf('new'), proration: 'second' } as const),
  fc
    .integer({ min: 0, max: 9 })
    .map(
      (seats) =>
        ({ kind: 'quantity_changed', quantity: decimal(seats), proration: 'day' }) as const,
    ),
  fc.constant({ kind: 'cancelled', proration: 'second' } as const),
);
const facts = fc.array(
  fc.tuple(hours, change).map(([ms, content]): Fact => factAt(ms, content)),
  { maxLength: 4 },
);

test('moment by moment comes to the same as all at once, each cycle is closed once, and nothing is left', () => {
  fc.assert(
    fc.property(facts, fc.constantFrom(0, HOUR), (known, graceMs) => {
      const agreement = agreementOf(plans, ...known);
      const meter = () => ({ eventCount: 0n });
      const stepwise = newLedger();
      const moments = momentsOf(agreement, graceMs, END + graceMs);
      for (const { ms } of moments) stepwise.bill(agreement, ms, meter, graceMs);
      // In April only fees in advance are due: they begin at the end, and are in both.
      const atOnce = newLedger();
      atOnce.bill(agreement, END + graceMs, meter, graceMs);
      expect(stepwise.total()).toBe(atOnce.total());
      expect(stepwise.bill(agreement, END + graceMs, meter, graceMs)).toEqual([]);
      const sorted = moments.map(({ ms }) => ms);
      expect(sorted).toEqual([...sorted].sort((a, b) => a - b));
    }),
  );
});
