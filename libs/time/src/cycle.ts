import { assert } from '@billingrails/errors';
import type { Period } from './period';
import { addMonths } from './wall';
import { Zone } from './zone';

/**
 * The billing cycle number `cycle` (from 0) of what started at `startMs`: from that many months after the start to one month
 * later, at the same time of day in the zone. Every cycle is counted from the start itself, so 31 January is followed by the
 * last of February, then by 31 March. Cycles follow each other without gap or overlap. A start that the zone's clocks skip
 * comes as much later; one that they show twice is the first.
 */
export function monthlyCycle(anchor: { startMs: number; timeZone: string; cycle: number }): Period {
  const { startMs, timeZone, cycle } = anchor;
  assert(Number.isSafeInteger(cycle) && cycle >= 0, 'cycles are counted from 0');
  const zone = Zone.named(timeZone);
  const startWallMs = zone.wallMs(startMs);
  const after = (months: number) =>
    months === 0 ? startMs : zone.instantOf(addMonths(startWallMs, months));
  return { startMs: after(cycle), endMs: after(cycle + 1) };
}
