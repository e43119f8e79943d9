export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const HOURS_PER_DAY = 24;

/** The UTC day of an instant, in days since 1970-01-01; negative before. */
export function dayOf(timestampMs: number): number {
  return Math.floor(timestampMs / DAY_MS);
}

/** The hour of its UTC day, 0-23. */
export function hourOf(timestampMs: number): number {
  return Math.floor(timestampMs / HOUR_MS) - dayOf(timestampMs) * HOURS_PER_DAY;
}
