import { RecountStaleError, recountHours } from '../store/recount-day';
import { nextRecountOf, nextRecountOrganisation } from '../store/recounts';
import type { RecountLimits } from '../domain/recount';
import type { Harness } from './harness';

/** Counts again all that corrections have left for later. */
export async function recountAll(
  { mongo, partitions }: Pick<Harness, 'mongo' | 'partitions'>,
  limits?: RecountLimits,
): Promise<void> {
  for (;;) {
    const organisation = await nextRecountOrganisation(mongo.db, partitions, '');
    if (organisation === undefined) return;
    const recount = await nextRecountOf(mongo.db, partitions, organisation, '');
    if (recount === undefined) continue;
    await recountHours(mongo, recount, limits && { limits }).catch((error: unknown) => {
      if (!(error instanceof RecountStaleError)) throw error;
    });
  }
}
