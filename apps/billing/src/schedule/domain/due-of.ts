import type { ClockName } from '../../clocks/domain/clock-name';
import type { Moment } from '../../bills/domain/moments';

/** When a moment falls due, and from when on it may be tried. */
export interface DueOf {
  (
    moment: Moment,
    graceMs: number,
  ): { readonly clock: ClockName; readonly atMs: number; readonly dueMs: number };
  /** By what it falls due. */
  readonly clock: ClockName;
}

/**
 * By the real time a cycle is not closed before all that was under way at its end has arrived, however short the grace
 * is. By a test clock whatever has fallen due may be tried.
 */
export function dueOf(clock: ClockName, settleMs: number): DueOf {
  const due = ({ ms, closes }: Moment, graceMs: number) => {
    const settledMs = closes ? ms + Math.max(settleMs - graceMs, 0) : ms;
    return { clock, atMs: ms, dueMs: clock === 'real' ? settledMs : 0 };
  };
  return Object.assign(due, { clock });
}
