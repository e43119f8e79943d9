import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { aggregationOf, type Sample } from '../domain/aggregation';
import { parseProperties } from '../domain/event';
import { gatheredBy } from '../domain/gathered-by';
import { DAY_MS, dayOf, HOUR_MS, hourOf } from '../domain/hours';
import {
  levelStateOf,
  NO_LEVELS,
  settledLevels,
  withLevels,
  type LevelHour,
} from '../domain/level-hour';
import { joinPeriods } from '../domain/usage-cover';
import { usageDayIdOf, type CollectedDay } from '../domain/usage-day';
import { readEvents } from './events';
import { readRawHorizon } from './raw-horizon';
import { readLevels, setLevels, type LevelDay } from './usage-days';

const { ofEvents } = aggregationOf('time_weighted_sum');

/** A day with its hours as they will be, and the samples of those that must be worked out from their events. */
interface ChangedDay {
  readonly added: CollectedDay;
  readonly hours: Map<number, LevelHour>;
  readonly broken: Map<number, Sample[]>;
}

/**
 * Adds levels to their buckets. An hour that gains an event between those that are settled is worked out anew from its
 * events, which must be stored already. Where these are no longer kept, what it gains is counted, and holds no time.
 */
export async function addLevels(
  db: Db,
  session: ClientSession,
  days: readonly CollectedDay[],
): Promise<void> {
  if (days.length === 0) return;
  const stored = await readLevels(db, session, days.map(usageDayIdOf));
  const changes = days.map((added) => changeOf(added, stored.get(usageDayIdOf(added))));
  await leaveDeleted(db, session, changes);
  for (const together of byEvents(changes.filter(({ broken }) => broken.size > 0))) {
    await workOut(db, session, together);
  }
  await setLevels(db, session, changes.map(toDay));
}

function changeOf(
  added: CollectedDay,
  stored: ReadonlyMap<number, LevelHour> | undefined,
): ChangedDay {
  const hours = new Map(stored);
  const broken = new Map<number, Sample[]>();
  for (const [hour, samples] of added.samples) {
    const levels = withLevels(hours.get(hour) ?? NO_LEVELS, samples);
    if (levels !== undefined) hours.set(hour, levels);
    else broken.set(hour, []);
  }
  return { added, hours, broken };
}

/** Hours whose events are no longer kept stay as they are, but for the number of events. */
async function leaveDeleted(
  db: Db,
  session: ClientSession,
  changes: readonly ChangedDay[],
): Promise<void> {
  if (changes.every(({ broken }) => broken.size === 0)) return;
  const horizonMs = await readRawHorizon(db, session);
  for (const { added, hours, broken } of changes) {
    for (const hour of broken.keys()) {
      if (added.day * DAY_MS + hour * HOUR_MS >= horizonMs) continue;
      broken.delete(hour);
      const { settled, recent } = hours.get(hour) ?? NO_LEVELS;
      const eventCount = settled.eventCount + (added.samples.get(hour)?.length ?? 0);
      hours.set(hour, { settled: { ...settled, eventCount }, recent });
    }
  }
}

/** Those of one account and event name together, so that their events are read once. */
function byEvents(changes: readonly ChangedDay[]): Iterable<ChangedDay[]> {
  return gatheredBy(changes, ({ added }) => {
    const { organisationId, accountId, eventName } = added;
    return `${organisationId}/${accountId}/${eventName}`;
  }).values();
}

/** Works out the broken hours of days of one account and event name. */
async function workOut(
  db: Db,
  session: ClientSession,
  changes: readonly ChangedDay[],
): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  const { organisationId, accountId, eventName } = first.added;
  const accountIds = [accountId];
  const byProfile = profilesOf(changes);
  const periods = joinPeriods(changes.flatMap(brokenPeriods));
  const scope = { organisationId, accountIds, eventName, periods };
  for await (const { event } of readEvents(db, session, scope)) {
    const { timestampMs, key, properties } = event;
    const day = dayOf(timestampMs);
    const parsed = parseProperties(properties);
    for (const { by, days } of byProfile) {
      const evaluation = by.evaluate(parsed, timestampMs);
      if (evaluation.kind !== 'counted') continue;
      const { value, group } = evaluation;
      const samples = days.get(`${day}/${group}`)?.broken;
      samples?.get(hourOf(timestampMs))?.push({ timestampMs, key, value });
    }
  }
  for (const { hours, broken } of changes) {
    for (const [hour, samples] of broken) hours.set(hour, settledLevels(ofEvents(samples)));
  }
}

/** The profiles of the changes, with their days by number and group. */
function profilesOf(changes: readonly ChangedDay[]) {
  return [...gatheredBy(changes, ({ added }) => added.by)].map(([by, ofProfile]) => ({
    by,
    days: new Map(ofProfile.map((one) => [`${one.added.day}/${one.added.group}`, one])),
  }));
}

function brokenPeriods({ added: { day }, broken }: ChangedDay): Period[] {
  return [...broken.keys()].map((hour) => {
    const startMs = day * DAY_MS + hour * HOUR_MS;
    return { startMs, endMs: startMs + HOUR_MS };
  });
}

/** The day with the hours that have changed. */
function toDay({ added, hours }: ChangedDay): LevelDay {
  const changed = new Map([...hours].filter(([hour]) => added.samples.has(hour)));
  const counts = [...hours.values()].map((hour) => levelStateOf(hour).eventCount);
  return { key: added, eventCount: counts.reduce((sum, count) => sum + count, 0), hours: changed };
}
