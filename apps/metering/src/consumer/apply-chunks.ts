import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { countOutcomes, planChunk, type ChunkPlan } from '../domain/chunk';
import type { EventCount } from '../domain/event-count';
import type { PlacedEvent } from '../domain/event';
import { segmentsOf } from '../domain/segment';
import { addUsage } from '../store/add-usage';
import { insertConflicts } from '../store/conflicts';
import type { StoredCorrection } from '../store/corrections';
import type { DefinitionsCache } from '../store/definitions-cache';
import { addCountsOf, type CountedEvents } from '../store/event-counts';
import { countEventNames } from '../store/event-names';
import { findTaken, insertEvents } from '../store/events';
import { moveCursors, type CursorMove } from '../store/partitions';
import { quarantine } from '../store/quarantine';
import type { Chunk } from './chunks';
import {
  amendmentsOf,
  applyCorrections,
  applyWaiting,
  findWaiting,
  segmentIdsAfter,
} from './corrections';

/** What applying chunks needs. */
export interface ApplyContext {
  readonly mongo: Mongo;
  readonly definitions: DefinitionsCache;
  /** Called for each chunk when everything is written and nothing committed; a test can fail or wait there. */
  readonly beforeCommit?: (chunk: Chunk) => Promise<void>;
}

/** A chunk, and where its lane believes the partition's cursor to be. */
export interface ChunkMove {
  readonly fromSeq: number;
  readonly chunk: Chunk;
}

/**
 * Applies chunks of different partitions, and moves the cursor of each from `fromSeq` past it, in one transaction: either
 * all of it has happened, or nothing. Throws StaleCursorError when a cursor is not at its `fromSeq`, and DomainError when
 * the database is away or the outcome of the commit unknown; in each case the cursors tell what is true.
 */
export async function applyChunks(
  { mongo, definitions, beforeCommit }: ApplyContext,
  moves: readonly ChunkMove[],
): Promise<void> {
  const chunks = moves.map(({ chunk }) => chunk);
  await inTransaction(mongo, async (session) => {
    const { db } = mongo;
    const waiting = await findWaiting(db, session, chunks);
    const plan = await decide(db, definitions, session, chunks, [...waiting.values()].flat());
    await write(db, session, chunks, plan, waiting);
    for (const chunk of chunks) await beforeCommit?.(chunk);
    await moveCursors(db, session, cursorMovesOf(moves, plan));
  });
}

/** Reads what the decision rests on in the transaction's snapshot: the definitions, and which keys are taken. */
async function decide(
  db: Db,
  cache: DefinitionsCache,
  session: ClientSession,
  chunks: readonly Chunk[],
  waiting: readonly StoredCorrection[],
): Promise<ChunkPlan> {
  const events = chunks.flatMap((chunk) => chunk.events);
  const organisations = new Set<OrganisationId>(events.map(({ event }) => event.organisationId));
  const definitions = await cache.read(db, session, [...organisations]);
  const taken = await findTaken(db, session, events);
  return planChunk({
    events,
    taken,
    amendments: amendmentsOf(waiting),
    profilesOf: (organisationId, eventName) =>
      definitions.get(organisationId)?.profilesOf(eventName) ?? [],
  });
}

async function write(
  db: Db,
  session: ClientSession,
  chunks: readonly Chunk[],
  plan: ChunkPlan,
  waiting: ReadonlyMap<number, readonly StoredCorrection[]>,
): Promise<void> {
  const events = byPartition(plan.events);
  const segments = new Map(
    chunks.map((chunk) => [chunk, segmentsOf(chunk, events.get(chunk.partition) ?? [])]),
  );
  const newSegments = [...segments.values()].flat();
  await insertEvents(db, session, newSegments);
  await addUsage(db, session, plan.usage);
  await countEventNames(db, session, newSegments);
  await addCountsOf(db, session, [...byPartition([...endsOf(plan)])]);
  await insertConflicts(db, session, plan.conflicts);
  for (const [chunk, { length }] of segments) {
    const { partition, toSeq } = chunk;
    await quarantine(db, session, chunk.quarantined);
    const correcting = { db, session, partition, nextSegmentId: segmentIdsAfter(toSeq, length) };
    await applyWaiting(correcting, waiting.get(partition) ?? []);
    await applyCorrections(correcting, chunk.corrections);
  }
}

function cursorMovesOf(moves: readonly ChunkMove[], plan: ChunkPlan): CursorMove[] {
  const events = byPartition(plan.events);
  const duplicates = byPartition(plan.duplicates);
  const conflicts = byPartition(plan.conflicts);
  return moves.map(({ fromSeq, chunk: { partition, toSeq, quarantined } }) => ({
    ...{ partition, fromSeq, toSeq },
    counts: {
      ...countOutcomes((events.get(partition) ?? []).map(({ outcome }) => outcome)),
      duplicate: duplicates.get(partition)?.length ?? 0,
      conflict: conflicts.get(partition)?.length ?? 0,
      quarantined: quarantined.length,
    },
  }));
}

/** What came in each partition, in order. */
function byPartition<E extends Pick<PlacedEvent, 'place'>>(events: readonly E[]): Map<number, E[]> {
  const partitions = new Map<number, E[]>();
  for (const event of events) {
    const own = partitions.get(event.place.partition);
    if (own === undefined) partitions.set(event.place.partition, [event]);
    else own.push(event);
  }
  return partitions;
}

/** What became of every event. */
function* endsOf({
  events,
  duplicates,
  conflicts,
}: ChunkPlan): Generator<CountedEvents & Pick<PlacedEvent, 'place'>> {
  for (const metered of events) yield endOf(metered, metered.outcome.state);
  for (const duplicate of duplicates) yield endOf(duplicate, 'duplicate');
  for (const conflict of conflicts) yield endOf(conflict, 'conflict');
}

function endOf({ event, place }: PlacedEvent, state: EventCount) {
  const { organisationId, receiveTimeMs } = event;
  return { organisationId, receiveTimeMs, state, count: 1, place };
}
