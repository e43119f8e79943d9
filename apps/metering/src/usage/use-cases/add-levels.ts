import { partitionOf } from '@billingrails/bus';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import { aggregationOf, type Sample } from '../../domain/aggregation';
import { gatheredBy } from '../../domain/gathered-by';
import { DAY_MS, dayOf, HOUR_MS, hourOf, HOURS_PER_DAY } from '../../domain/hours';
import { parseProperties } from '../../events/domain/event';
import { readEvents } from '../../events/store/events';
import { readRawHorizon } from '../../events/store/raw-horizon';
import { readPartitionCount } from '../../partitions/store/partitions';
import type { RecountRules } from '../../recounts/domain/recount';
import { askForRecounts } from '../../recounts/store/recounts';
import {
  levelStateOf,
  NO_LEVELS,
  settledLevels,
  withLevels,
  type LevelHour,
} from '../domain/level-hour';
import { joinPeriods } from '../domain/usage-cover';
import { usageDayIdOf, type CollectedDay } from '../domain/usage-day';
import { findAlone } from '../../store/find';
import { readLevels } from '../store/usage-days';
import { setLevels, type LevelDay } from '../store/write-usage-days';
import { sizesOfHours } from './hours-scope';

const { ofEvents } = aggregationOf('time_weighted_sum');

/** A day with its hours as they will be, and the samples of those that must be worked out from their events. */
interface ChangedDay {
  readonly added: CollectedDay;
  readonly hours: Map<number, LevelHour>;
  readonly broken: Map<number, Sample[]>;
}

/**
 * Adds levels to their buckets. An hour that gains an event between those that are settled is worked out anew from its
 * events, which must be stored already. Where these are more than the rules allow, that is left to a recount; where
 * they are no longer kept, what the hour gains is counted, and holds no time.
 */
export async function addLevels(
  db: Db,
  session: ClientSession,
  days: readonly CollectedDay[],
  rules: RecountRules,
): Promise<void> {
  if (days.length === 0) return;
  const stored = await readLevels(db, session, days.map(usageDayIdOf));
  const changes = days.map((added) => changeOf(added, stored.get(usageDayIdOf(added))));
  await leaveDeleted(db, session, changes);
  for (const together of byEvents(changes.filter(({ broken }) => broken.size > 0))) {
    if (await isLittle(db, session, together, rules)) await workOut(db, session, together);
    else await leaveToRecount(db, session, together, rules);
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
  const horizonMs = await readRawHorizon(findAlone(db, session));
  for (const { added, hours, broken } of changes) {
    for (const hour of broken.keys()) {
      if (added.day * DAY_MS + hour * HOUR_MS >= horizonMs) continue;
      broken.delete(hour);
      hours.set(hour, onlyCounted(hours.get(hour), added.samples.get(hour)));
    }
  }
}

/** An hour with more events that hold no time. */
function onlyCounted(
  { settled, recent }: LevelHour = NO_LEVELS,
  samples: readonly Sample[] = [],
): LevelHour {
  const eventCount = settled.eventCount + samples.length;
  return { settled: { ...settled, eventCount }, recent };
}

/** Whether broken hours of one account and event name may be worked out in this transaction. */
async function isLittle(
  db: Db,
  session: ClientSession,
  changes: readonly ChangedDay[],
  { budget }: RecountRules,
): Promise<boolean> {
  const [first] = changes;
  if (first === undefined) return true;
  const { organisationId, accountId, eventName } = first.added;
  const scope = { organisationId, accountId, eventName, hours: brokenHours(changes) };
  const sizes = await sizesOfHours(db, session, scope, budget.eventCount);
  const eventCount = [...(sizes?.values() ?? [Infinity])].reduce((sum, size) => sum + size, 0);
  return budget.take(eventCount, changes.length);
}

/** Counts the events, which hold no time until the hours are counted again. */
async function leaveToRecount(
  db: Db,
  session: ClientSession,
  changes: readonly ChangedDay[],
  { nowMs }: RecountRules,
): Promise<void> {
  const [first] = changes;
  if (first === undefined) return;
  for (const { added, hours, broken } of changes) {
    for (const hour of broken.keys()) {
      hours.set(hour, onlyCounted(hours.get(hour), added.samples.get(hour)));
    }
  }
  const { organisationId, accountId, eventName } = first.added;
  const count = await readPartitionCount(db, session);
  const partition = partitionOf(organisationId, accountId, count);
  const byDay = gatheredBy(brokenHours(changes), (hour) => Math.floor(hour / HOURS_PER_DAY));
  const days = [...byDay].map(([day, hours]) => ({
    ...{ organisationId, accountId, eventName, day },
    hours: hours.map((hour) => hour - day * HOURS_PER_DAY),
  }));
  await askForRecounts(db, session, partition, days, { corrected: false, nowMs: nowMs() });
}

/** Since 1970-01-01T00:00Z, each once. */
function brokenHours(changes: readonly ChangedDay[]): number[] {
  const hours = changes.flatMap(({ added: { day }, broken }) =>
    [...broken.keys()].map((hour) => day * HOURS_PER_DAY + hour),
  );
  return [...new Set(hours)];
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
  for await (const { event } of readEvents(findAlone(db, session), scope)) {
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
