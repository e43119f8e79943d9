import { instantOf } from '@billingrails/recompute';
import type { Dice } from '../../dice';
import { DAY_MS } from '../when';

export const ZONES = ['Europe/Berlin', 'America/New_York'];

/** Some that change by half an hour, in the other half of the year, by no day of the week, by quarters, or never. */
const FAR_ZONES = [
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'America/St_Johns',
  'Africa/Cairo',
  'America/Santiago',
  'Asia/Kathmandu',
];

/** Of three one is far away. */
export function zoneOf(dice: Dice, near: string): string {
  return dice.percent(33) ? dice.oneOf(FAR_ZONES) : near;
}

/** Starts whose later cycles fall on short months, 29 February, skipped hours and doubled ones, by the wall. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  2024: [
    '2024-01-31T02:30:00',
    '2024-01-29T00:00:00',
    '2024-01-10T02:30:00',
    '2024-01-27T02:30:00',
    '2024-01-03T01:30:00',
    '2024-01-30T23:59:59.999',
  ],
  2025: [
    '2025-01-31T00:00:00',
    '2025-01-30T02:30:00',
    '2025-01-09T02:30:00',
    '2025-01-26T02:30:00',
    '2025-01-02T01:30:00',
    '2025-01-29T23:59:59.999',
  ],
};

/** When a subscription begins that is known now: at one of those, or in the past or the future. */
export function startOf(dice: Dice, timeZone: string, nowMs: number): number {
  if (dice.percent(40)) {
    const year = new Date(nowMs).getUTCFullYear();
    return instantOf(Date.parse(`${dice.oneOf(STARTS[year] ?? [])}Z`), timeZone);
  }
  if (dice.percent(30)) return nowMs - dice.whole(0, 40 * DAY_MS);
  return nowMs + dice.whole(0, 20 * DAY_MS);
}
