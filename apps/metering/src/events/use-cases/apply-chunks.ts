import type { OrganisationId } from '@billingrails/ids';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { ChangedUsage } from '../../changes/domain/changed-usage';
import { CountedUsage } from '../../changes/domain/counted-usage';
import { insertUsageChanges } from '../../changes/store/usage-changes';
import type { StoredCorrection } from '../../corrections/store/correction-documents';
import {
  amendmentsOf,
  applyCorrections,
  applyWaiting,
  findWaiting,
  segmentIdsAfter,
} from '../../corrections/use-cases/apply-corrections';
import type { DefinitionsCache } from '../../meters/store/definitions-cache';
import {
  countOutcomes,
  planChunk,
  type ChunkInput,
  type ChunkPlan,
  type ConflictingEvent,
  type MeteredEvent,
} from '../../outcomes/domain/chunk';
import type { EventCount } from '../../outcomes/domain/event-count';
import { insertConflicts } from '../../outcomes/store/conflicts';
import { addCountsOf, type CountedEvents } from '../../outcomes/store/event-counts';
import { quarantine } from '../../outcomes/store/quarantine';
import { moveCursors, type CursorMove } from '../../partitions/store/partitions';
import {
  RECOUNTED_AT_ONCE,
  RecountBudget,
  type RecountLimits,
} from '../../recounts/domain/recount';
import { addUsageOfChunks } from '../../usage/use-cases/add-usage';
import type { Chunk } from '../contract/chunks';
import type { ArrivedEvent, PlacedEvent } from '../domain/event';
import { segmentsOf, type NewSegment } from '../domain/segment';
import { KeysTakenError } from '../store/event-keys';
import { countEventNames } from '../store/event-names';
import { findTaken, insertEvents } from '../store/events';
import type { KeyLookups } from './key-lookups';

/** What applying chunks needs. */
export interface ApplyContext {
  readonly mongo: Mongo;
  readonly definitions: DefinitionsCache;
  readonly partitionCount: number;
  readonly lookups: KeyLookups;
  readonly nowMs: () => number;
  /**
   * How much a transaction counts again of hours that were corrected, or had late levels; the rest is left to
   * `startRecounts`.
   */
  readonly recountLimits?: RecountLimits;
  /**
   * Called after each transaction with whose events it has counted, or may have: its outcome may be unknown. Must not
   * throw.
   */
  readonly onCounted?: (counted: CountedUsage) => void;
  /** Called for each chunk when everything is written and nothing committed; a test can fail or wait there. */
  readonly beforeCommit?: (chunk: Chunk) => Promise<void>;
}

/** A chunk, and where its lane believes the partition's cursor to be. */
export interface ChunkMove {
  readonly fromSeq: number;
  readonly chunk: Chunk;
}

/**
 * Applies chunks of different partitions, and moves the cursor of each from `fromSeq` past it, in one transaction:
 * either all of it has happened, or nothing. Throws StaleCursorError when a cursor is not at its `fromSeq`, and
 * DomainError when the database is away or the outcome of the commit unknown; in each case the cursors tell what is
 * true.
 */
export async function applyChunks(
  context: ApplyContext,
  moves: readonly ChunkMove[],
): Promise<void> {
  const { lookups } = context;
  if (!lookups.needed) {
    try {
      await applyOnce(context, moves, NO_KEYS_TAKEN);
      return;
    } catch (error) {
      if (!(error instanceof KeysTakenError)) throw error;
    }
  }
  lookups.note(await applyOnce(context, moves, findTaken));
}

const NO_KEYS_TAKEN: typeof findTaken = async () => new Map();

/** Throws KeysTakenError where `findKeysTaken` missed some. Gives whether there were any. */
async function applyOnce(
  context: ApplyContext,
  moves: readonly ChunkMove[],
  findKeysTaken: typeof findTaken,
): Promise<boolean> {
  const { mongo, definitions, beforeCommit, onCounted } = context;
  const chunks = moves.map(({ chunk }) => chunk);
  const events = chunks.flatMap((chunk) => chunk.events);
  const counted = new CountedUsage();
  const applying = inTransaction(mongo, async (session) => {
    const { db } = mongo;
    const waiting = await findWaiting(db, session, chunks);
    const taken = await findKeysTaken(db, session, events);
    const plan = planChunk({
      events,
      taken,
      amendments: amendmentsOf([...waiting.values()].flat()),
      profilesOf: await profilesIn(db, definitions, session, events),
    });
    const ends = endsOfChunks(chunks, plan);
    await write(context, session, plan, ends, { waiting, counted });
    for (const chunk of chunks) await beforeCommit?.(chunk);
    await moveCursors(
      db,
      session,
      moves.map((move) => cursorMoveOf(move, ends)),
    );
    return taken.size > 0;
  });
  return applying.finally(() => onCounted?.(counted));
}

/** The definitions that hold in the transaction's snapshot. */
async function profilesIn(
  db: Db,
  cache: DefinitionsCache,
  session: ClientSession,
  events: readonly ArrivedEvent[],
): Promise<ChunkInput['profilesOf']> {
  const organisations = new Set<OrganisationId>(events.map(({ event }) => event.organisationId));
  const definitions = await cache.read(db, session, [...organisations]);
  return (organisationId, eventName) =>
    definitions.get(organisationId)?.profilesOf(eventName) ?? [];
}

/** What became of the events of one chunk. */
interface ChunkEnds {
  readonly chunk: Chunk;
  readonly events: MeteredEvent[];
  readonly duplicates: ArrivedEvent[];
  readonly conflicts: ConflictingEvent[];
}

/** By partition. */
function endsOfChunks(chunks: readonly Chunk[], plan: ChunkPlan): Map<number, ChunkEnds> {
  const ends = new Map<number, ChunkEnds>();
  for (const chunk of chunks) {
    ends.set(chunk.partition, { chunk, events: [], duplicates: [], conflicts: [] });
  }
  for (const event of plan.events) ends.get(event.place.partition)?.events.push(event);
  for (const event of plan.duplicates) ends.get(event.place.partition)?.duplicates.push(event);
  for (const event of plan.conflicts) ends.get(event.place.partition)?.conflicts.push(event);
  return ends;
}

interface Written {
  /** Corrections that wait for events of the chunks, by partition. */
  readonly waiting: ReadonlyMap<number, readonly StoredCorrection[]>;
  /** Gathers whose events they are. */
  readonly counted: CountedUsage;
}

async function write(
  { mongo: { db }, partitionCount, nowMs, recountLimits = RECOUNTED_AT_ONCE }: ApplyContext,
  session: ClientSession,
  plan: ChunkPlan,
  ends: ReadonlyMap<number, ChunkEnds>,
  { waiting, counted }: Written,
): Promise<void> {
  const chunks = [...ends.values()].map(({ chunk }) => chunk);
  const segments = new Map(
    [...ends.values()].map(({ chunk, events }) => [chunk, segmentsOf(chunk, events)]),
  );
  const newSegments = [...segments.values()].flat();
  await insertEvents(db, session, newSegments);
  const rules = { nowMs, budget: new RecountBudget(recountLimits) };
  await addUsageOfChunks(db, session, plan.usage, chunks, partitionCount, rules);
  await countEventNames(db, session, newSegments);
  await addCountsOf(
    db,
    session,
    [...ends].map(([partition, own]) => [partition, countsOf(own)]),
  );
  await insertConflicts(db, session, plan.conflicts);
  for (const [chunk, own] of segments) {
    const { partition, toSeq } = chunk;
    await quarantine(db, session, chunk.quarantined);
    const nextSegmentId = segmentIdsAfter(toSeq, own.length);
    const changed = changedBy(own, new ChangedUsage(nowMs(), counted));
    const correcting = { ...rules, db, session, partition, nextSegmentId, changed };
    await applyWaiting(correcting, waiting.get(partition) ?? []);
    await applyCorrections(correcting, chunk.corrections);
    await insertUsageChanges(db, session, { partition, writer: 'lane' }, changed.accounts);
  }
}

/** Where events came late. Nothing has to be looked at but the ends of segments. */
function changedBy(segments: readonly NewSegment[], changed: ChangedUsage): ChangedUsage {
  for (const segment of segments) changed.add(segment, segment.firstMs, segment.lastMs);
  return changed;
}

function cursorMoveOf(
  { fromSeq, chunk: { partition, toSeq, quarantined } }: ChunkMove,
  ends: ReadonlyMap<number, ChunkEnds>,
): CursorMove {
  const { events = [], duplicates = [], conflicts = [] } = ends.get(partition) ?? {};
  const counts = {
    ...countOutcomes(events.map(({ outcome }) => outcome)),
    duplicate: duplicates.length,
    conflict: conflicts.length,
    quarantined: quarantined.length,
  };
  return { partition, fromSeq, toSeq, counts };
}

/** What became of every event. */
function* countsOf({ events, duplicates, conflicts }: ChunkEnds): Generator<CountedEvents> {
  for (const metered of events) yield countOf(metered, metered.outcome.state);
  for (const duplicate of duplicates) yield countOf(duplicate, 'duplicate');
  for (const conflict of conflicts) yield countOf(conflict, 'conflict');
}

function countOf({ event }: PlacedEvent, state: EventCount): CountedEvents {
  const { organisationId, receiveTimeMs } = event;
  return { organisationId, receiveTimeMs, state, count: 1 };
}
