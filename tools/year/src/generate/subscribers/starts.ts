import type { Dice } from '../dice';
import { DAY_MS } from './when';

export const ZONES = ['Europe/Berlin', 'America/New_York'];

/**
 * Starts whose later cycles fall on short months, on skipped hours and on doubled ones of 2025, by the wall of each
 * zone.
 */
const STARTS = [
  '2025-01-31T00:00:00',
  '2025-01-30T02:30:00',
  '2025-01-09T02:30:00',
  '2025-01-26T02:30:00',
  '2025-01-02T01:30:00',
  '2025-01-29T23:59:59.999',
];

/** When a subscription begins that is known now: at one of those, or in the past or the future. */
export function startOf(dice: Dice, timeZone: string, nowMs: number): number {
  if (dice.percent(40)) {
    // As an instant of the wall: the first cycle of a subscription that starts there at midnight.
    const wall = Date.parse(`${dice.oneOf(STARTS)}Z`);
    const offsetMs = timeZone === 'Europe/Berlin' ? -3_600_000 : 5 * 3_600_000;
    return wall + offsetMs;
  }
  if (dice.percent(30)) return nowMs - dice.whole(0, 40 * DAY_MS);
  return nowMs + dice.whole(0, 20 * DAY_MS);
}
