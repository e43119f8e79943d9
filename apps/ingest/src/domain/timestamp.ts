import { limits } from './event';

const SECONDS_MIN = -62_135_596_800n; // 0001-01-01T00:00:00Z
const SECONDS_MAX = 253_402_300_799n; // 9999-12-31T23:59:59Z
const NANOS_MAX = 999_999_999;

/**
 * The instant in epoch milliseconds, what is finer cut off towards the past; or what is wrong with it. Any past is
 * taken, of the future `limits.futureMsMax` from `nowMs`: clocks differ, but not by more.
 */
export function timestampToMs(
  timestamp: { readonly seconds: bigint; readonly nanos: number },
  nowMs: number,
): { timestampMs: number } | { problem: string } {
  const { seconds, nanos } = timestamp;
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
    return { problem: 'must be within the years 0001 to 9999' };
  if (!Number.isInteger(nanos) || nanos < 0 || nanos > NANOS_MAX)
    return { problem: 'nanos must be between 0 and 999999999' };
  const timestampMs = Number(seconds) * 1000 + Math.floor(nanos / 1_000_000);
  if (timestampMs > nowMs + limits.futureMsMax)
    return {
      problem: `is more than one hour ahead of the server's clock, ${new Date(nowMs).toISOString()}`,
    };
  return { timestampMs };
}
