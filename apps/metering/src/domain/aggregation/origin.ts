import { compareUtf8 } from '../utf8-order';
import type { Origin } from './usage-state';

/**
 * The order of events: by time, and at one instant by the UTF-8 bytes of their keys (which is also how MongoDB orders
 * strings, so that `$max` in a bucket agrees).
 */
export function compareOrigins(a: Origin, b: Origin): number {
  return a.timestampMs - b.timestampMs || compareUtf8(a.key, b.key);
}
