import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { countOutcomes, planChunk, type ChunkPlan } from '../domain/chunk';
import { insertConflicts } from '../store/conflicts';
import type { DefinitionsCache } from '../store/definitions-cache';
import { countEventNames } from '../store/event-names';
import { findStored, insertEvents } from '../store/events';
import { moveCursor } from '../store/partitions';
import { quarantine } from '../store/quarantine';
import { addUniqueValues } from '../store/unique-days';
import { addUsage } from '../store/usage-days';
import type { Chunk } from './chunks';

/** What applying a chunk needs. */
export interface ApplyContext {
  readonly mongo: Mongo;
  readonly definitions: DefinitionsCache;
  /** Called when everything is written and nothing committed; a test can fail or wait there. */
  readonly beforeCommit?: (chunk: Chunk) => Promise<void>;
}

/**
 * Applies a chunk, and moves its partition's cursor from `fromSeq` past it, in one transaction: either all of it has
 * happened, or nothing. Throws StaleCursorError when the cursor is not at `fromSeq`, and DomainError when the
 * database is away or the outcome of the commit unknown; in each case the cursor tells what is true.
 */
export async function applyChunk(
  { mongo, definitions, beforeCommit }: ApplyContext,
  fromSeq: number,
  chunk: Chunk,
): Promise<void> {
  await inTransaction(mongo, async (session) => {
    const plan = await decide(mongo, definitions, session, chunk);
    await write(mongo, session, chunk, plan);
    await beforeCommit?.(chunk);
    const { partition, toSeq } = chunk;
    const counts = {
      ...countOutcomes(plan.events.map(({ outcome }) => outcome)),
      duplicate: plan.duplicateCount,
      conflict: plan.conflicts.length,
      quarantined: chunk.quarantined.length,
    };
    await moveCursor(mongo.db, session, { partition, fromSeq, toSeq }, counts);
  });
}

/** Reads what the decision rests on in the transaction's snapshot: the definitions, and which keys are taken. */
async function decide(
  { db }: Mongo,
  cache: DefinitionsCache,
  session: ClientSession,
  { events }: Chunk,
): Promise<ChunkPlan> {
  const organisations = new Set<OrganisationId>(events.map(({ event }) => event.organisationId));
  const definitions = await cache.read(db, session, [...organisations]);
  const ids = new Set(events.map(({ event }) => event.id));
  const stored = await findStored(db, session, [...ids]);
  return planChunk({
    events,
    stored,
    profilesOf: (organisationId, eventName) =>
      definitions.get(organisationId)?.profilesOf(eventName) ?? [],
  });
}

async function write(
  { db }: Mongo,
  session: ClientSession,
  chunk: Chunk,
  plan: ChunkPlan,
): Promise<void> {
  await insertEvents(db, session, plan.events);
  await addUsage(db, session, plan.usage);
  await addUniqueValues(db, session, plan.usage);
  const newEvents = plan.events.map(({ event }) => event);
  await countEventNames(db, session, chunk.partition, newEvents);
  await insertConflicts(db, session, plan.conflicts);
  await quarantine(db, session, chunk.quarantined);
}
