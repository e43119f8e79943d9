import { inTransaction } from '@billingrails/mongo';
import { countAdditions } from '../usage/store/usage-additions';
import { settlePartition } from '../usage/use-cases/settle-additions';
import type { Harness } from './harness';

/** Moves all that waits into its buckets, for tests that look into these. */
export async function settleAll({ mongo }: Pick<Harness, 'mongo'>): Promise<void> {
  for (const partition of (await countAdditions(mongo.db)).keys()) {
    let isAll = false;
    while (!isAll) {
      isAll = await inTransaction(mongo, (session) =>
        settlePartition(mongo.db, session, partition),
      );
    }
  }
}
