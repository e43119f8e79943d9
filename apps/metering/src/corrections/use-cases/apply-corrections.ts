import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import type { ChangedUsage } from '../../changes/domain/changed-usage';
import { gatheredBy } from '../../domain/gathered-by';
import type { Chunk } from '../../events/contract/chunks';
import { contentHashOf, eventIdOf, type UsageEvent } from '../../events/domain/event';
import { segmentIdOf } from '../../events/domain/segment';
import { correctKeys, findKeys } from '../../events/store/event-keys';
import { countEventNames } from '../../events/store/event-names';
import { contentsOf, readContents, withdrawEvents } from '../../events/store/events';
import { readRawHorizon } from '../../events/store/raw-horizon';
import { insertSegments } from '../../events/store/segments';
import { addWaiting, partitionsWaiting } from '../../partitions/store/partitions';
import { correctEvent, type Correction, type CorrectionState } from '../domain/correction';
import { findAlone } from '../../store/find';
import type { StoredCorrection } from '../store/correction-documents';
import {
  insertCorrections,
  readCorrections,
  setCorrectionStates,
  waitingCorrections,
} from '../store/corrections';
import { countAgain, segmentOf, type Correctable } from './count-corrected';
import type { Recounting } from './recount-touched';

/** The transaction of a chunk, in which corrections are applied. */
export interface Correcting extends Recounting {
  /** Names the next segment of the chunk. */
  readonly nextSegmentId: () => string;
  /** Gathers where usage has changed. */
  readonly changed: ChangedUsage;
}

/** Names the segments of a chunk that come after its first `count`. */
export function segmentIdsAfter(toSeq: number, count: number): () => string {
  let n = count;
  return () => segmentIdOf(toSeq, n++);
}

/**
 * Applies the corrections of a chunk, in the order of the stream: marks what is withdrawn, adds what is amended, and
 * counts the hours that both touch again. Those that are stored already are passed over; those whose event is not
 * there, or is another account's, are kept waiting.
 */
export async function applyCorrections(
  correcting: Correcting,
  corrections: readonly Correction[],
): Promise<void> {
  const { db, session, partition } = correcting;
  let waitingCount = 0;
  for (const [organisationId, own] of byOrganisation(corrections)) {
    const ids = [...own.keys()];
    const stored = await readCorrections(db, session, organisationId, ids);
    const fresh = [...own.values()].filter(({ id }) => !stored.has(id));
    const states = await correctEvents(correcting, organisationId, fresh);
    const kept = fresh.map((each) => ({ ...each, state: states.get(each.id) ?? 'waiting' }));
    for (const { id } of fresh) states.delete(id);
    await insertCorrections(db, session, kept);
    await setCorrectionStates(db, session, organisationId, states);
    waitingCount += kept.filter(({ state }) => state === 'waiting').length;
  }
  await addWaiting(db, session, partition, waitingCount);
}

/** By partition, those corrections that wait for any of the events of chunks; costs next to nothing where none wait. */
export async function findWaiting(
  db: Db,
  session: ClientSession,
  chunks: readonly Pick<Chunk, 'partition' | 'events'>[],
): Promise<Map<number, StoredCorrection[]>> {
  const withEvents = chunks.filter(({ events }) => events.length > 0);
  const found = new Map<number, StoredCorrection[]>();
  if (withEvents.length === 0) return found;
  const partitions = withEvents.map(({ partition }) => partition);
  const waiting = await partitionsWaiting(db, session, partitions);
  for (const { partition, events } of withEvents) {
    if (waiting.has(partition)) found.set(partition, await waitingFor(db, session, events));
  }
  return found;
}

async function waitingFor(
  db: Db,
  session: ClientSession,
  events: Chunk['events'],
): Promise<StoredCorrection[]> {
  const byOrganisation = gatheredBy(events, ({ event }) => event.organisationId);
  const found: StoredCorrection[] = [];
  for (const [organisationId, own] of byOrganisation) {
    const keys = own.map(({ event }) => event.key);
    found.push(...(await waitingCorrections(db, session, organisationId, keys)));
  }
  return found;
}

/** The contents that wait for events, by the events' ids. */
export function amendmentsOf(waiting: readonly Correction[]): Map<string, UsageEvent[]> {
  return gatheredBy(
    waiting.flatMap(({ amended }) => amended ?? []),
    ({ id }) => id,
  );
}

/**
 * Applies corrections that waited to the events that have come, which must be stored. Those of other accounts go on
 * waiting.
 */
export async function applyWaiting(
  correcting: Correcting,
  waiting: readonly StoredCorrection[],
): Promise<void> {
  const { db, session, partition } = correcting;
  let appliedCount = 0;
  for (const [organisationId, own] of byOrganisation(waiting)) {
    const states = await correctEvents(correcting, organisationId, [...own.values()]);
    await setCorrectionStates(db, session, organisationId, states);
    appliedCount += states.size;
  }
  await addWaiting(db, session, partition, -appliedCount);
}

/** By organisation, then by id, of each id the first. */
function byOrganisation<C extends Correction>(
  corrections: readonly C[],
): Map<OrganisationId, Map<string, C>> {
  const organisations = new Map<OrganisationId, Map<string, C>>();
  for (const correction of corrections) {
    const own = organisations.get(correction.organisationId) ?? new Map<string, C>();
    organisations.set(correction.organisationId, own);
    if (!own.has(correction.id)) own.set(correction.id, correction);
  }
  return organisations;
}

/**
 * Corrects the events there are. Gives what became of corrections by id, also of those that decided before; nothing of
 * those whose event is not there.
 */
async function correctEvents(
  correcting: Correcting,
  organisationId: OrganisationId,
  corrections: readonly Correction[],
): Promise<Map<string, CorrectionState>> {
  const { db, session } = correcting;
  const states = new Map<string, CorrectionState>();
  const plans = await planCorrections(correcting, organisationId, corrections);
  for (const { key, corrected, applied } of plans) {
    if (key.decidedBy !== undefined) states.set(key.decidedBy, 'superseded');
    for (const { id } of applied) states.set(id, 'superseded');
    states.set(corrected.decidedBy, 'applied');
  }
  if (plans.length === 0) return states;
  const segments = plans.flatMap(({ corrected }) =>
    corrected.revisions.map((revision) => segmentOf(revision)),
  );
  await insertSegments(db, session, segments);
  const withdrawn = plans.flatMap(({ corrected }) => corrected.withdrawn);
  await withdrawEvents(db, session, organisationId, withdrawn);
  await correctKeys(db, session, plans.map(correctedKeyOf));
  await countEventNames(db, session, segments);
  await countAgain(correcting, organisationId, plans);
  for (const { corrected } of plans)
    for (const event of [corrected.before, corrected.after])
      if (event !== undefined) correcting.changed.add(event, event.timestampMs);
  return states;
}

async function planCorrections(
  { db, session, nextSegmentId }: Correcting,
  organisationId: OrganisationId,
  corrections: readonly Correction[],
): Promise<(Correctable & { readonly applied: readonly Correction[] })[]> {
  const byEvent = gatheredBy(corrections, ({ key }) => eventIdOf(organisationId, key));
  const keys = await findKeys(db, session, [...byEvent.keys()]);
  const wanted = [...keys.values()].flatMap((key) => [key, ...key.earlier.slice(0, 1)]);
  const contents = await readContents(db, session, wanted);
  const horizonMs = await readRawHorizon(findAlone(db, session));
  const plans: (Correctable & { readonly applied: readonly Correction[] })[] = [];
  for (const [id, key] of keys) {
    const [first] = contentsOf(key);
    const [firstEvent, latest] = [first && contents.get(first), contents.get(key)];
    if (firstEvent === undefined || latest === undefined) continue;
    // An hour whose other events are no longer kept cannot be counted again.
    if (latest.withdrawn === undefined && latest.event.timestampMs < horizonMs) continue;
    const { accountId } = latest.event;
    const [one, ...others] = (byEvent.get(id) ?? []).filter((each) => each.accountId === accountId);
    if (one === undefined) continue;
    const { event, segment, index, withdrawn } = latest;
    const revision = { event, segmentId: segment.id, index, withdrawnAtMs: withdrawn?.atMs };
    const corrected = correctEvent(revision, [one, ...others], nextSegmentId);
    plans.push({ id, key, first: firstEvent, latest, corrected, applied: [one, ...others] });
  }
  return plans;
}

function correctedKeyOf({ id, key, corrected: { decidedBy, revisions } }: Correctable) {
  const contents = revisions.map(({ event, segmentId, index }) => ({
    hash: contentHashOf(event),
    segmentId,
    index,
  }));
  return { id, key, decidedBy, contents };
}
