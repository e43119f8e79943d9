import type { ClientSession, Db } from 'mongodb';
import { gatheredBy } from '../../domain/gathered-by';
import { HOURS_PER_DAY } from '../../domain/hours';
import type { RecountDay, RecountRules } from '../../recounts/domain/recount';
import { askForRecounts, dayNameOf, daysBeingRecounted } from '../../recounts/store/recounts';
import { rebuildHours } from '../../recounts/use-cases/rebuild-hours';
import { usageDayIdOf, type CollectedDay } from '../../usage/domain/usage-day';
import { countAccountAdditions } from '../../usage/store/usage-additions';
import { sizesOfHours, type HoursScope } from '../../usage/use-cases/hours-scope';

/** The transaction in which hours are counted again. */
export interface Recounting extends RecountRules {
  readonly db: Db;
  readonly session: ClientSession;
  readonly partition: number;
}

/** Hours of an account's events of a name that corrections have changed. */
export interface TouchedHours extends Pick<
  HoursScope,
  'organisationId' | 'accountId' | 'eventName'
> {
  readonly hours: ReadonlySet<number>;
  /** What the corrected events were counted with, and are to be: the buckets that change. */
  readonly touched: readonly CollectedDay[];
}

/** A day of them. */
interface TouchedDay extends RecountDay {
  /** Since 1970-01-01T00:00Z. */
  readonly hours: readonly number[];
  readonly bucketCount: number;
}

/**
 * Counts hours again from their events: at once where that is little, as long as the transaction's budget lasts; the
 * rest is asked for, to be done in steps of its own. A day that is being counted again already is left to that.
 */
export async function recountTouched(
  recounting: Recounting,
  all: readonly TouchedHours[],
): Promise<void> {
  if (all.length === 0) return;
  const { db, session, partition, nowMs } = recounting;
  const pending = await daysBeingRecounted(db, session, all.flatMap(daysOf));
  const later: TouchedDay[] = [];
  for (const touched of all) {
    const days = daysOf(touched);
    const now = await fitting(
      recounting,
      touched,
      days.filter((day) => !pending.has(dayNameOf(day))),
    );
    later.push(...days.filter((day) => !now.includes(day)));
    if (now.length === 0) continue;
    const isNow = new Set(now.map(({ day }) => day));
    const changed = touched.touched.filter(({ day }) => isNow.has(day));
    if (changed.length === 0) continue;
    const { organisationId, accountId, eventName } = touched;
    const hours = now.flatMap((day) => day.hours);
    const profiles = [...new Set(changed.map(({ profile }) => profile))];
    const scope = { organisationId, accountId, eventName, hours, profiles };
    await rebuildHours(db, session, scope, new Set(changed.map(usageDayIdOf)));
  }
  const asked = later.map((day) => ({ ...day, hours: day.hours.map(hourOfDay) }));
  await askForRecounts(db, session, partition, asked, { corrected: true, nowMs: nowMs() });
}

/** Those of the days that the budget allows. */
async function fitting(
  { db, session, partition, budget }: Recounting,
  { organisationId, accountId, eventName }: TouchedHours,
  days: readonly TouchedDay[],
): Promise<TouchedDay[]> {
  const scope = { organisationId, accountId, eventName, hours: days.flatMap(({ hours }) => hours) };
  const sizes = await sizesOfHours(db, session, scope, budget.eventCount);
  if (sizes === undefined || days.length === 0) return [];
  // What waits is settled before buckets are replaced.
  const waiting = await countAccountAdditions(db, session, partition, organisationId, accountId);
  if (!budget.take(0, waiting)) return [];
  return days.filter(({ hours, bucketCount }) => {
    const eventCount = hours.reduce((sum, hour) => sum + (sizes.get(hour) ?? 0), 0);
    return budget.take(eventCount, bucketCount);
  });
}

function daysOf({ organisationId, accountId, eventName, hours, touched }: TouchedHours) {
  const byDay = gatheredBy(hours, (hour) => Math.floor(hour / HOURS_PER_DAY));
  const buckets = gatheredBy(touched, ({ day }) => day);
  return [...byDay].map(([day, ofDay]): TouchedDay => {
    const bucketCount = buckets.get(day)?.length ?? 0;
    return { organisationId, accountId, eventName, day, hours: ofDay, bucketCount };
  });
}

function hourOfDay(hour: number): number {
  return hour - Math.floor(hour / HOURS_PER_DAY) * HOURS_PER_DAY;
}
