import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AskedUsage, ScriptedUsage } from './metering-server';

/** Usage as metering counts it, of the calls that there are when it is asked, the same for each account. */
export function countOf(calls: () => readonly number[]): (asked: AskedUsage) => ScriptedUsage {
  return ({ request: { startTime, endTime } }) => {
    const [from, until] = [startTime, endTime].map((time) => (time ? timestampMs(time) : NaN));
    const inside = calls().filter((ms) => ms >= (from ?? NaN) && ms < (until ?? NaN));
    return { value: String(inside.length), eventCount: BigInt(inside.length) };
  };
}
