import type { Db } from 'mongodb';

/** How MongoDB has found what queries and changes of a collection named, as its profile says, each way once. */
export function planSummariesOf(db: Db, collection: string): Promise<string[]> {
  return db.collection('system.profile').distinct('planSummary', {
    ns: `${db.databaseName}.${collection}`,
    op: { $in: ['query', 'update', 'command'] },
    planSummary: { $exists: true },
  });
}
