import type { AccountId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { dayOf } from '../domain/hours';
import { segmentCollection } from '../events/store/segments';
import type { Meter } from '../meters/domain/meter';
import type { UsageDifference } from '../recounts/domain/usage-difference';
import { compareHours } from '../recounts/use-cases/compare-hours';
import { inSnapshot } from '../store/snapshot';
import { bucketKeys } from '../usage/store/usage-day-doc';

/** In what buckets differ from their events, in all hours of all accounts that have any; nothing is right. */
export function differencesOf(
  mongo: Mongo,
  { organisationId, eventName }: Meter,
): Promise<UsageDifference[]> {
  return inSnapshot(mongo, async (db, session) => {
    const days = new Map<string, { accountId: AccountId; day: number }>();
    const note = (accountId: AccountId, day: number) =>
      days.set(`${accountId}/${day}`, { accountId, day });
    const filter = { o: organisationId };
    for await (const { a, d } of bucketKeys(db).find(filter, { session })) note(a, d);
    for await (const { a, lt } of segmentCollection(db).find(filter, { session })) {
      note(a, dayOf(lt.getTime()));
    }
    const differences: UsageDifference[] = [];
    for (const { accountId, day } of days.values()) {
      const hours = Array.from({ length: 24 }, (_, hour) => day * 24 + hour);
      const scope = { organisationId, accountId, eventName, hours };
      differences.push(...(await compareHours(db, session, scope)).differences);
    }
    return differences;
  });
}
