import { assert } from '@billingrails/errors';

/**
 * An instant as documents have it: in code it is milliseconds UTC. The driver would write one that no date can hold,
 * such as Infinity, as 1970, so it is refused.
 */
export function dateOf(ms: number): Date {
  const date = new Date(ms);
  assert(!Number.isNaN(date.getTime()), 'an instant that is stored is a date');
  return date;
}

/** The milliseconds of a stored instant. */
export function msOf(date: Date): number {
  return date.getTime();
}

/** A period inside a document. */
export interface PeriodDoc {
  startTime: Date;
  endTime: Date;
}

interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

export function periodToDoc({ startMs, endMs }: Period): PeriodDoc {
  return { startTime: dateOf(startMs), endTime: dateOf(endMs) };
}

export function periodFromDoc({ startTime, endTime }: PeriodDoc): Period {
  return { startMs: msOf(startTime), endMs: msOf(endTime) };
}
