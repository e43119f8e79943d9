import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { thresholdKey, type AlertThreshold } from './alert';

/** A figure of an account as it was read. */
export interface Observation {
  /** The figure is `value` ÷ `per`: so a share is compared exactly, whatever it is rounded to when it is shown. */
  readonly value: Decimal;
  readonly per: Decimal;
  /** Unset: the figure has none. */
  readonly period?: Period;
  /** The figure was above everything below this, whether that was seen or not. Unset: it is not known to have been. */
  readonly highest?: Decimal;
  /** When it was read, by the organisation's clock. */
  readonly nowMs: number;
}

/** What is known of a threshold in a period. */
export interface ThresholdState {
  /** Whether it fires when it is passed. */
  readonly isArmed: boolean;
  /** How often it has fired. */
  readonly fired: number;
}

/** What is known of an alert and an account in the last period, by `thresholdKey`. */
export interface AlertState {
  readonly period?: Period;
  readonly thresholds: ReadonlyMap<string, ThresholdState>;
}

/** A threshold that fires, and how often it has with this time. */
export interface Firing {
  readonly threshold: AlertThreshold;
  readonly occurrence: number;
}

/** What an observation comes to. */
export interface Decided {
  readonly after: AlertState;
  readonly firings: readonly Firing[];
  /** Whether `after` has to be kept: otherwise it follows from nothing being known. */
  readonly isChanged: boolean;
}

/**
 * What of the thresholds fires. Upwards a threshold is armed when a period begins, fires when the figure is at or above
 * it, and is armed again once the figure is below it. Downwards it is armed once the figure is above it, and fires when
 * that is at or below it. So each fires once, until the figure was back. Undefined for what was read of a period that
 * is over.
 */
export function decideFirings(
  thresholds: readonly AlertThreshold[],
  before: AlertState | undefined,
  observation: Observation,
): Decided | undefined {
  const { period, nowMs } = observation;
  const known = before?.period;
  // Another period has begun for whoever looked last: his clock is a little ahead.
  if (known !== undefined && period !== undefined && period.endMs <= known.startMs)
    return undefined;
  const isNew =
    before === undefined || (period !== undefined && nowMs >= (known?.endMs ?? -Infinity));
  const firings: Firing[] = [];
  const states = new Map<string, ThresholdState>();
  let isChanged = false;
  for (const threshold of thresholds) {
    const key = thresholdKey(threshold);
    const stored = isNew ? undefined : before.thresholds.get(key);
    const state = stored ?? initialState(threshold, observation);
    const isPassed = hasPassed(threshold, observation);
    const fires = state.isArmed && isPassed;
    const after = { isArmed: !isPassed, fired: state.fired + (fires ? 1 : 0) };
    if (fires) firings.push({ threshold, occurrence: after.fired });
    const { isArmed, fired } = stored ?? initialState(threshold, observation);
    isChanged ||= isArmed !== after.isArmed || fired !== after.fired;
    states.set(key, after);
  }
  const held = isNew ? period : known;
  const after = { ...(held === undefined ? {} : { period: held }), thresholds: states };
  return { after, firings, isChanged };
}

/** Whether the figure is at the threshold, or beyond it. */
export function hasPassed(
  { value: threshold, direction }: AlertThreshold,
  { value, per }: Observation,
): boolean {
  const compared = threshold.mul(per);
  return direction === 'up' ? value.gte(compared) : value.lte(compared);
}

const NEVER_FIRED = { fired: 0 };

function initialState(
  { value, direction }: AlertThreshold,
  { highest, per }: Observation,
): ThresholdState {
  if (direction === 'up') return { isArmed: true, ...NEVER_FIRED };
  return { isArmed: highest !== undefined && highest.gt(value.mul(per)), ...NEVER_FIRED };
}

const SHARE_DIGITS = 2;
const ONE = decimal(1n);

/** The figure as it is shown: a share in percent is rounded to two digits, half away from zero. */
export function shownValue({ value, per }: Observation): Decimal {
  return per.eq(ONE) ? value : value.divide(per, SHARE_DIGITS, 'half');
}

/** A figure that is compared as it is. */
export function whole(value: Decimal): Pick<Observation, 'value' | 'per'> {
  return { value, per: ONE };
}
