import { partitionOf } from '@billingrails/bus';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { DAY_MS } from '../../domain/hours';
import { assertRawEventsKept } from '../../events/store/raw-horizon';
import { findAlone } from '../../store/find';
import { inSnapshot } from '../../store/snapshot';
import { askForRecounts, readRecount } from '../store/recounts';
import { compareHours, type Comparison } from './compare-hours';
import { ALL_HOURS, type DayScope } from './days-to-compare';
import { RecountStaleError, recountHours } from './recount-day';

/** What comparing usage with its events needs. */
export interface VerifyContext {
  readonly mongo: Mongo;
  readonly partitionCount: number;
  readonly nowMs: () => number;
  /** Aborted when the process is about to end. */
  readonly closing: AbortSignal;
}

/** Compares the buckets of a day with its events. */
export function compareDay({ mongo }: VerifyContext, scope: DayScope): Promise<Comparison> {
  return inSnapshot(mongo, async (db, session) => {
    await assertRawEventsKept(findAlone(db, session), scope.day * DAY_MS);
    return compareHours(db, session, scope);
  });
}

/** Asks for a day to be counted again, and does it. Where this ends before, the job goes on with it. */
export async function repairDay(
  { mongo, partitionCount, nowMs, closing }: VerifyContext,
  { organisationId, accountId, eventName, day }: DayScope,
): Promise<void> {
  const partition = partitionOf(organisationId, accountId, partitionCount);
  const recounted = { organisationId, accountId, eventName, day, hours: ALL_HOURS };
  await inTransaction(mongo, async (session) => {
    await assertRawEventsKept(findAlone(mongo.db, session), day * DAY_MS);
    const cause = { corrected: true, nowMs: nowMs() };
    await askForRecounts(mongo.db, session, partition, [recounted], cause);
  });
  let recount = await readRecount(mongo.db, undefined, recounted);
  while (recount !== undefined && !closing.aborted) {
    await recountHours(mongo, recount).catch((error: unknown) => {
      if (!(error instanceof RecountStaleError)) throw error;
    });
    recount = await readRecount(mongo.db, undefined, recounted);
  }
}
