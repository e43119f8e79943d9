import type { Violation } from '@billingrails/errors';
import { decimal, type Decimal, type Rounding } from '@billingrails/money';
import { amountViolations, sizeViolations, violation } from '../models/violations';
import { count, given, optional, record, type PlainOf } from '../plain';
import { roundingPlain } from '../steps/kinds/divided';

/** What was agreed on a fee beside its price. What is absent changes nothing. */
export interface Terms {
  /** The quantity is counted in units of so many: 1000 for a price for each thousand. */
  readonly divisor?: Decimal;
  /** To whole units, once divided; absent: not rounded. */
  readonly rounding?: Rounding;
  /** Units that cost nothing, counted after dividing and rounding. */
  readonly includedUnits?: Decimal;
  /** What is left of the included units may be used in so many cycles after; absent: in none. */
  readonly rolloverCycles?: bigint;
  /** So many units may be carried into a cycle at most; absent: all. */
  readonly rolloverMaximum?: Decimal;
  /** What the fee costs at least, also where nothing was used. */
  readonly minimum?: Decimal;
  /** What the fee costs at most. */
  readonly maximum?: Decimal;
  /** 10 lets off 10 % of what minimum and maximum leave. */
  readonly percentOff?: Decimal;
  /** Let off after the percentage, as far as there is something to let off. */
  readonly amountOff?: Decimal;
  /** For so many cycles both are let off; absent: for all. */
  readonly discountCycles?: bigint;
}

/** How terms are written, in documents and messages. */
export const termsPlain = record<Terms>()({
  divisor: optional(given),
  rounding: optional(roundingPlain),
  includedUnits: optional(given),
  rolloverCycles: optional(count),
  rolloverMaximum: optional(given),
  minimum: optional(given),
  maximum: optional(given),
  percentOff: optional(given),
  amountOff: optional(given),
  discountCycles: optional(count),
});

export type PlainTerms = PlainOf<typeof termsPlain>;

/** Everything that is wrong with the terms, by proto path under `path`; empty when they are sound. */
export function termsViolations(terms: Terms, path: string): Violation[] {
  const { divisor, rounding, includedUnits, minimum, maximum, percentOff, amountOff } = terms;
  const amount = (value: Decimal | undefined, name: string) =>
    value === undefined ? [] : amountViolations(value, `${path}.${name}`);
  return [
    ...(divisor === undefined ? [] : sizeViolations(divisor, `${path}.divisor`)),
    ...(rounding !== undefined && divisor === undefined
      ? violation(`${path}.rounding`, 'must be left out where nothing is divided')
      : []),
    ...amount(includedUnits, 'included_units'),
    ...rolloverViolations(terms, path),
    ...amount(minimum, 'minimum'),
    ...amount(maximum, 'maximum'),
    ...(minimum !== undefined && maximum !== undefined && maximum.lt(minimum)
      ? violation(`${path}.maximum`, `must not be less than the minimum, ${minimum.toString()}`)
      : []),
    ...amount(percentOff, 'percent_off'),
    ...(percentOff?.gt(decimal(100n)) === true
      ? violation(`${path}.percent_off`, 'must be at most 100')
      : []),
    ...amount(amountOff, 'amount_off'),
    ...cyclesViolations(terms, `${path}.discount_cycles`),
  ];
}

/** The most cycles that units live: twenty years of months. */
const ROLLOVER_CYCLES_MAX = 240n;

function rolloverViolations(terms: Terms, path: string): Violation[] {
  const { includedUnits, rolloverCycles, rolloverMaximum } = terms;
  const maximum = `${path}.rollover_maximum`;
  if (rolloverCycles === undefined)
    return rolloverMaximum === undefined
      ? []
      : violation(maximum, 'must be left out where nothing rolls over');
  const field = `${path}.rollover_cycles`;
  return [
    ...(includedUnits === undefined
      ? violation(field, 'must be left out where no units are included')
      : []),
    ...(rolloverCycles === 0n || rolloverCycles > ROLLOVER_CYCLES_MAX
      ? violation(field, `must be from 1 to ${ROLLOVER_CYCLES_MAX}`)
      : []),
    ...(rolloverMaximum === undefined ? [] : amountViolations(rolloverMaximum, maximum)),
  ];
}

function cyclesViolations(terms: Terms, path: string): Violation[] {
  const { percentOff, amountOff, discountCycles } = terms;
  if (discountCycles === undefined) return [];
  if (percentOff === undefined && amountOff === undefined)
    return violation(path, 'must be left out where nothing is let off');
  return discountCycles === 0n ? violation(path, 'must be at least 1') : [];
}

/** The terms without discounts, where these have ended after so many cycles. */
export function termsAfter(terms: Terms, cycles: number): Terms {
  const { percentOff: _percent, amountOff: _amount, discountCycles, ...rest } = terms;
  return discountCycles === undefined || BigInt(cycles) < discountCycles ? terms : rest;
}
