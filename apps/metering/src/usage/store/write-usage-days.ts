import type { ClientSession, Db } from 'mongodb';
import { updateAll, type UpdateOne } from '../../store/write-commands';
import type { LevelHour } from '../domain/level-hour';
import { usageDayIdOf, type UsageDay, type UsageDayKey } from '../domain/usage-day';
import { usageDays, type UsageDayDoc } from './usage-day-doc';
import { addState, fieldsOf, levelFieldsOf, type StateUpdate } from './usage-state-fields';

/** Hours of a day of levels as they are to be, and how many events the whole day has. */
export interface LevelDay {
  readonly key: UsageDayKey;
  readonly eventCount: number;
  readonly hours: ReadonlyMap<number, LevelHour>;
}

/** Adds usage to its buckets. Every update commutes, so the order of chunks does not matter. */
export async function addUsageDays(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  await updateAll(db, session, usageDays(db), days, toAddition, bytesMaxOf);
}

/** Replaces hours of levels, and the numbers of events of their days. */
export async function setLevels(
  db: Db,
  session: ClientSession,
  days: readonly LevelDay[],
): Promise<void> {
  if (days.length === 0) return;
  const updates = days.map(({ key, eventCount, hours }) => {
    const set = [...hours].map(([hour, levels]) => [`h.${hour}`, levelFieldsOf(levels)]);
    return { updateOne: upsertOf(key, { $set: { n: eventCount, ...Object.fromEntries(set) } }) };
  });
  await usageDays(db).bulkWrite(updates, { session, ordered: false });
}

/** Replaces buckets by what they must be, with all of their hours; those without events go. */
export async function replaceDays(
  db: Db,
  session: ClientSession,
  days: readonly UsageDay[],
): Promise<void> {
  if (days.length === 0) return;
  await usageDays(db).bulkWrite(
    days.map((day) => {
      const filter = { _id: usageDayIdOf(day) };
      const hours = [...day.hours].filter(([, { eventCount }]) => eventCount > 0);
      if (hours.length === 0) return { deleteOne: { filter } };
      const { organisationId: o, accountId: a, profile: p, group: g, day: d, method } = day;
      const h = Object.fromEntries(hours.map(([hour, state]) => [hour, fieldsOf(state, method)]));
      const { v: _held, ...total } = fieldsOf(day.total, method);
      return { replaceOne: { filter, replacement: { o, a, p, g, d, ...total, h }, upsert: true } };
    }),
    { session, ordered: false },
  );
}

function toAddition(day: UsageDay): UpdateOne<UsageDayDoc> {
  const update: StateUpdate = { $inc: {}, $min: {}, $max: {} };
  addState(update, '', day.total, day.method);
  for (const [hour, state] of day.hours) addState(update, `h.${hour}.`, state, day.method);
  const { filter: q, update: u, upsert } = upsertOf(day, update);
  return { q, u, upsert };
}

/**
 * Of one update: names, with at most three bytes a character, come twice; of each hour the largest is a key and its
 * place.
 */
function bytesMaxOf({ accountId, group, hours }: UsageDay): number {
  return 6 * (accountId.length + group.length) + 1_200 * (hours.size + 1) + 256;
}

function upsertOf<T extends object>(key: UsageDayKey, update: T) {
  const { organisationId: o, accountId: a, profile: p, group: g, day: d } = key;
  const filter = { _id: usageDayIdOf(key) };
  return { filter, update: { ...update, $setOnInsert: { o, a, p, g, d } }, upsert: true };
}
