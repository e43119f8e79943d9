import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { StreamPlace, UsageEvent } from '../../events/domain/event';

/** An event is taken back, or gets other content. */
export interface Correction {
  /** Makes it apply once in its organisation. */
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly key: string;
  readonly place: StreamPlace;
  /** When it was accepted. */
  readonly receiveTimeMs: number;
  /** Why, as the caller said. */
  readonly reason: string;
  /** The new content; undefined: the event is taken back. */
  readonly amended: UsageEvent | undefined;
}

/** What became of a correction. */
export type CorrectionState =
  /** It decides what its event is. */
  | 'applied'
  /** It did, or would have; a later one decides. */
  | 'superseded'
  /** No event of its account has its key, yet. */
  | 'waiting';

/** A content that an event has or had, and where that lies. */
export interface Revision {
  readonly event: UsageEvent;
  readonly segmentId: string;
  /** Which of the segment's events it is. */
  readonly index: number;
  /** When it ceased to count; undefined: it counts. */
  readonly withdrawnAtMs: number | undefined;
}

/** A content that an event gets. */
export interface NewRevision extends Revision {
  /** The amendment's. */
  readonly place: StreamPlace;
}

/** A revision ceases to count. */
export interface Withdrawn {
  readonly segmentId: string;
  readonly index: number;
  readonly atMs: number;
  /** The id of the correction. */
  readonly by: string;
}

/** What corrections make of an event. */
export interface CorrectedEvent {
  /** The content that counted before them and the one that counts after; undefined: none. */
  readonly before: UsageEvent | undefined;
  readonly after: UsageEvent | undefined;
  readonly withdrawn: readonly Withdrawn[];
  /** Oldest first. */
  readonly revisions: readonly NewRevision[];
  /** The correction that decides now. */
  readonly decidedBy: string;
}

/**
 * Corrects an event of which `latest` is the last revision, in the order of the stream; at least one correction. Each
 * new revision lies first in the next segment.
 *
 * What was known at an instant must be one content at most, though the clocks of two ingests may differ: so a
 * correction takes effect when it was received, but never before the revision that it corrects.
 */
export function correctEvent(
  latest: Revision,
  corrections: readonly [Correction, ...Correction[]],
  nextSegmentId: () => string,
): CorrectedEvent {
  const withdrawn: Withdrawn[] = [];
  const revisions: NewRevision[] = [];
  let current = latest;
  let decidedBy = '';
  for (const { id, receiveTimeMs, amended, place } of corrections) {
    const { event, segmentId, index, withdrawnAtMs } = current;
    const atMs = Math.max(receiveTimeMs, event.receiveTimeMs, withdrawnAtMs ?? -Infinity);
    decidedBy = id;
    if (withdrawnAtMs === undefined) {
      withdrawn.push({ segmentId, index, atMs, by: id });
      current = { ...current, withdrawnAtMs: atMs };
    }
    if (amended === undefined) continue;
    const revised = { ...amended, receiveTimeMs: atMs };
    const place0 = { event: revised, segmentId: nextSegmentId(), index: 0 };
    const revision = { ...place0, withdrawnAtMs: undefined, place };
    revisions.push(revision);
    current = revision;
  }
  const counting = (revision: Revision) =>
    revision.withdrawnAtMs === undefined ? revision.event : undefined;
  const [before, after] = [counting(latest), counting(current)];
  return { before, after, withdrawn, revisions, decidedBy };
}
