import { isDeepStrictEqual } from 'node:util';
import type { OracleEvent } from './oracle';

/**
 * What corrections make of events, worked out in the most naive way from the list of all that arrived. Shares no code
 * with the service.
 */

export interface OracleCorrection {
  readonly organisationId: string;
  readonly accountId: string;
  readonly key: string;
  /** The same id again changes nothing. */
  readonly correctionId: string;
  /** Undefined: the event is taken back. */
  readonly amended: OracleContent | undefined;
  readonly receiveTimeMs: number;
}

export type OracleContent = Pick<OracleEvent, 'eventName' | 'timestampMs' | 'properties'>;

export type OracleArrival = OracleEvent | OracleCorrection;

export function isCorrection(arrival: OracleArrival): arrival is OracleCorrection {
  return 'correctionId' in arrival;
}

/** An event with the contents it ever had, and the one that counts, if any does. */
interface History {
  readonly first: OracleEvent;
  readonly standing: OracleEvent | undefined;
  readonly wasAmended: boolean;
}

/** What every event has come to: the first one of each key, corrected by the last correction of its account. */
export function oracleHistories(arrived: readonly OracleArrival[]): History[] {
  const histories: History[] = [];
  for (const [index, first] of arrived.entries()) {
    if (isCorrection(first)) continue;
    if (
      arrived.slice(0, index).some((earlier) => !isCorrection(earlier) && sameKey(earlier, first))
    ) {
      continue;
    }
    const own = correctionsOf(arrived, first);
    const last = own.at(-1);
    const standing = last === undefined ? first : last.amended && { ...first, ...last.amended };
    const wasAmended = own.some(({ amended }) => amended !== undefined);
    histories.push({ first, standing, wasAmended });
  }
  return histories;
}

/** The events that count. */
export function oracleStanding(arrived: readonly OracleArrival[]): OracleEvent[] {
  return oracleHistories(arrived).flatMap(({ standing }) => standing ?? []);
}

/** How many events came again, with a content that the event had or was to have by then, or with another one. */
export function oracleRepeats(arrived: readonly OracleArrival[]) {
  const counts = { duplicate: 0, conflict: 0 };
  for (const [index, event] of arrived.entries()) {
    const before = arrived.slice(0, index);
    const first = before.find((one) => !isCorrection(one) && sameKey(one, event));
    if (isCorrection(event) || first === undefined || isCorrection(first)) continue;
    const amended = correctionsOf(before, first).flatMap(({ amended: content }) => content ?? []);
    const isKnown =
      first.accountId === event.accountId &&
      [first, ...amended].some((content) => sameContent(content, event));
    counts[isKnown ? 'duplicate' : 'conflict'] += 1;
  }
  return counts;
}

/** Those of an event's account, in the order they came, each once. */
function correctionsOf(arrived: readonly OracleArrival[], event: OracleEvent): OracleCorrection[] {
  const seen = new Set<string>();
  return arrived.filter(isCorrection).filter((correction) => {
    const isNew = !seen.has(correction.correctionId);
    const isOwn = sameKey(correction, event) && correction.accountId === event.accountId;
    if (correction.organisationId === event.organisationId) seen.add(correction.correctionId);
    return isNew && isOwn;
  });
}

function sameKey(a: OracleArrival, b: OracleArrival): boolean {
  return a.organisationId === b.organisationId && a.key === b.key;
}

function sameContent(a: OracleContent, b: OracleContent): boolean {
  return (
    a.eventName === b.eventName &&
    a.timestampMs === b.timestampMs &&
    isDeepStrictEqual(JSON.parse(a.properties), JSON.parse(b.properties))
  );
}
