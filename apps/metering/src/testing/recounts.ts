import type { RecountLimits } from '../recounts/domain/recount';
import { nextRecountOf, nextRecountOrganisation } from '../recounts/store/recounts';
import { RecountStaleError, recountHours } from '../recounts/use-cases/recount-day';
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
