import type { Mongo } from '@billingrails/mongo';
import type { Meter } from '../domain/meter';
import type { UsageDifference } from '../domain/usage-difference';
import { compareHours } from '../store/rebuild-hours';
import { inSnapshot } from '../store/snapshot';

/** In what buckets differ from their events, in all hours of all accounts that have any; nothing is right. */
export function differencesOf(
  mongo: Mongo,
  { organisationId, eventName }: Meter,
): Promise<UsageDifference[]> {
  return inSnapshot(mongo, async (db, session) => {
    const buckets = db
      .collection('usage_days')
      .aggregate([{ $match: { o: organisationId } }, { $group: { _id: { a: '$a', d: '$d' } } }], {
        session,
      });
    const differences: UsageDifference[] = [];
    for await (const { _id } of buckets) {
      const hours = Array.from({ length: 24 }, (_, hour) => _id.d * 24 + hour);
      const scope = { organisationId, accountId: _id.a, eventName, hours };
      differences.push(...(await compareHours(db, session, scope)).differences);
    }
    return differences;
  });
}
