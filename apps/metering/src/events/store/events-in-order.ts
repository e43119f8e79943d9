import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { dayOf } from '../../domain/hours';
import { compareUtf8 } from '../../domain/utf8-order';
import { findAlone } from '../../store/find';
import { READING } from '../../store/reading';
import type { UsageEvent } from '../domain/event';
import { stands } from './events';
import { assertRawEventsKept } from './raw-horizon';
import { eventsOf, reachingInto, segmentCollection } from './segments';

/** Which events to read. */
export interface OrderedScope {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly eventName: string;
  readonly period: Period;
  /** As they were known then; undefined: as they are now. */
  readonly knownAtMs: number | undefined;
  /** The latest day first; each day's events are in order of time all the same. */
  readonly latestDayFirst?: boolean;
}

/**
 * An account's events of a name in a period that count, a UTC day at a time, by time and then key; of each what `pick`
 * makes of it, if anything. Throws DomainError when some of them may be deleted.
 */
export async function* readDaysInOrder<T extends { timestampMs: number; key: string }>(
  db: Db,
  session: ClientSession,
  scope: OrderedScope,
  pick: (event: UsageEvent) => T | undefined,
): AsyncGenerator<T[]> {
  const { organisationId: o, accountId: a, eventName: en, period } = scope;
  await assertRawEventsKept(findAlone(db, session), period.startMs);
  const direction = scope.latestDayFirst === true ? -1 : 1;
  const segments = segmentCollection(db)
    .find({ o, a, en, ...reachingInto(period) }, { session, ...READING })
    .sort({ lt: direction, ft: direction, _id: direction });
  let day: number | undefined;
  let picked: T[] = [];
  for await (const segment of segments) {
    // A segment is of one day, and the index has the days in order.
    const dayOfSegment = dayOf(segment.lt.getTime());
    if (dayOfSegment !== day && picked.length > 0) {
      yield picked.sort(inTime);
      picked = [];
    }
    day = dayOfSegment;
    for (const stored of eventsOf(segment)) {
      const { timestampMs } = stored.event;
      if (timestampMs < period.startMs || timestampMs >= period.endMs) continue;
      if (!stands(stored, scope.knownAtMs)) continue;
      const one = pick(stored.event);
      if (one !== undefined) picked.push(one);
    }
  }
  if (picked.length > 0) yield picked.sort(inTime);
}

function inTime(
  a: { readonly timestampMs: number; readonly key: string },
  b: { readonly timestampMs: number; readonly key: string },
): number {
  return a.timestampMs - b.timestampMs || compareUtf8(a.key, b.key);
}
