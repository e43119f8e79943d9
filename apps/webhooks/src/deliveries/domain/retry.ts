/** Failed deliveries are tried again for so long. */
export const RETRY_MS = 3 * 86_400_000;

const FIRST_MS = 5_000;
const FACTOR = 4;
const LONGEST_MS = 12 * 3_600_000;
/** A delay is between these parts of itself, so that those who failed together are not tried together. */
const JITTER = { least: 0.8, most: 1.2 };
/** How long a receiver may ask for. */
const ASKED_MAX_MS = 12 * 3_600_000;

/** A try that failed. */
export interface FailedTry {
  /** How many were made since it was queued or replayed, with this one. */
  readonly tries: number;
  /** When the first of them began. */
  readonly firstMs: number;
  readonly nowMs: number;
  /** For how long the receiver asks to be left alone (Retry-After). Unset: it asks for nothing. */
  readonly askedMs?: number;
  /** In [0, 1). */
  readonly random: number;
}

/**
 * When a delivery is tried next: 5 s, 20 s, 80 s… and at most 12 h after a try, each a fifth more or less, for 3 days
 * from the first; the last try is at the end of them. Undefined: that was the last.
 */
export function nextTryMs({
  tries,
  firstMs,
  nowMs,
  askedMs = 0,
  random,
}: FailedTry): number | undefined {
  const endMs = firstMs + RETRY_MS;
  if (nowMs >= endMs) return undefined;
  const delayMs = Math.min(LONGEST_MS, FIRST_MS * FACTOR ** (tries - 1));
  const jitter = JITTER.least + random * (JITTER.most - JITTER.least);
  const waitMs = Math.max(delayMs * jitter, Math.min(askedMs, ASKED_MAX_MS));
  return Math.min(nowMs + Math.round(waitMs), endMs);
}

const PAUSE_FIRST_MS = 2_000;
const PAUSE_LONGEST_MS = 300_000;

/**
 * How long an endpoint is left alone after turns of which nothing came through: 2 s, 4 s… and at most 5 min. However
 * much waits for it, it is tried with one delivery then.
 */
export function pauseMs(failedTurns: number, random: number): number {
  if (failedTurns === 0) return 0;
  const pause = Math.min(PAUSE_LONGEST_MS, PAUSE_FIRST_MS * 2 ** (failedTurns - 1));
  return Math.round(pause * (JITTER.least + random * (JITTER.most - JITTER.least)));
}
