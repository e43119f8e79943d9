import type { RawEvents } from '../charges/usage';
import type { AlertBook, History, ThresholdBook } from '../history';
import { compare, rational } from '../rational';
import { figureOf, type Figure } from './figures';

/**
 * After what in a step all figures are looked at: the clock has moved, facts were said, credits were granted, events
 * were sent, and corrected.
 */
export const PHASES = ['moved', 'said', 'granted', 'used', 'corrected'] as const;
export type Phase = (typeof PHASES)[number];

/** A threshold that must fire. */
export interface ExpectedFiring {
  readonly alert: string;
  readonly account: string;
  readonly step: number;
  readonly phase: Phase;
  /** What it says, in words. */
  readonly text: string;
}

interface State {
  readonly isArmed: boolean;
  readonly fired: number;
}

/** Of an alert and an account: what is known since something of it was different from nothing being known. */
interface Known {
  readonly period: Figure['period'];
  readonly states: readonly State[];
}

/** All that must fire, in the order of looks. */
export function expectedFirings(history: History, events: RawEvents): ExpectedFiring[] {
  const { alerts = [], subscriptions, stepsMs } = history;
  const everybody = [...new Set(subscriptions.map(({ account }) => account))];
  const known = new Map<string, Known>();
  return stepsMs.flatMap((nowMs, step) =>
    PHASES.flatMap((phase) =>
      alerts.flatMap((alert) =>
        (alert.account === undefined ? everybody : [alert.account]).flatMap((account) => {
          const look = { nowMs, ...knownIn(step, phase) };
          const figure = figureOf({ history, events }, account, alert.figure, look);
          if (figure === undefined) return [];
          const key = `${alert.name}/${account}`;
          const { after, texts } = lookAt(alert, known.get(key), figure, nowMs);
          if (after !== undefined) known.set(key, after);
          return texts.map((text) => ({ alert: alert.name, account, step, phase, text }));
        }),
      ),
    ),
  );
}

function knownIn(step: number, phase: Phase) {
  const isSaid = phase !== 'moved';
  const isGranted = isSaid && phase !== 'said';
  const events = phase === 'corrected' ? 1 : phase === 'used' ? 0.25 : 0;
  return {
    factsOfStep: isSaid ? step : step - 1,
    grantsBeforeStep: isGranted ? step + 1 : step,
    eventsBeforeStep: step + events,
  };
}

/** What fires, and what is known after; undefined where that follows from nothing being known. */
function lookAt(alert: AlertBook, before: Known | undefined, figure: Figure, nowMs: number) {
  const { period } = figure;
  const isOver = period !== undefined && nowMs >= (before?.period?.endMs ?? Infinity);
  const held = isOver ? undefined : before;
  const began = alert.thresholds.map((threshold) => beginning(threshold, figure));
  const states = alert.thresholds.map((threshold, index): State => {
    const state = held?.states[index] ?? began[index] ?? { isArmed: false, fired: 0 };
    const isPassed = hasPassed(threshold, figure);
    return { isArmed: !isPassed, fired: state.fired + (state.isArmed && isPassed ? 1 : 0) };
  });
  const texts = alert.thresholds.flatMap((threshold, index) => {
    const fired = states[index]?.fired ?? 0;
    if (fired === (held?.states[index]?.fired ?? 0)) return [];
    return [firingText(threshold, fired, period, nowMs)];
  });
  const isNothing = states.every(({ isArmed, fired }, index) => {
    return fired === 0 && isArmed === began[index]?.isArmed;
  });
  if (held === undefined && isNothing) return { after: undefined, texts };
  return { after: { period: held === undefined ? period : held.period, states }, texts };
}

/** What an alert says when it fires; how far it was passed depends on who looked when. */
export function firingText(
  { value, direction }: ThresholdBook,
  occurrence: number,
  period: { readonly startMs: number; readonly endMs: number } | undefined,
  nowMs: number,
): string {
  const of = period === undefined ? '' : ` in ${period.startMs} to ${period.endMs}`;
  return `${direction} ${value}${of}, time ${occurrence}, at ${nowMs}`;
}

function beginning({ value, direction }: ThresholdBook, { highest }: Figure): State {
  if (direction === 'up') return { isArmed: true, fired: 0 };
  return { isArmed: highest !== undefined && compare(highest, rational(value)) > 0, fired: 0 };
}

function hasPassed({ value: threshold, direction }: ThresholdBook, { value }: Figure): boolean {
  const order = compare(value, rational(threshold));
  return direction === 'up' ? order >= 0 : order <= 0;
}
