import { encodeConsistencyToken } from '@billingrails/bus';
import type { Principal, Rates } from '@billingrails/rpc';
import type { Acceptance } from '../domain/accept-batch';
import type { AcceptanceContext } from '../domain/accept-event';
import type { EventDefinitions } from '../domain/event-definitions';
import type { EventOutcome } from '../domain/event';
import type { GroupCommitter } from '../publishing/group-committer';

/** What taking events needs. */
export interface IngestParts {
  readonly committer: GroupCommitter;
  readonly definitions: EventDefinitions;
  readonly nowMs: () => number;
  /** An idempotency key that nobody has used. */
  readonly nextKey: () => string;
  /** What callers may send a second. */
  readonly rates: Pick<Rates, 'take'>;
}

/** Whose events, and how long an answer is waited for. */
export interface Caller {
  readonly principal: Principal;
  readonly signal: AbortSignal;
  /** Unset: without an end. */
  readonly remainingMs: number | undefined;
}

/** What became of the events, in their order, and where they are in the stream. */
export interface Ingested {
  readonly outcomes: readonly EventOutcome[];
  readonly consistencyToken: string;
}

/** Lets the events of one request be judged, and resolves when those that are accepted are on disk, all or none. */
export async function ingestEvents(
  { committer, definitions, nowMs, nextKey, rates }: IngestParts,
  { principal, signal, remainingMs }: Caller,
  decide: (judgedBy: AcceptanceContext) => Acceptance,
): Promise<Ingested> {
  const { organisationId } = principal;
  const receiveTimeMs = nowMs();
  const judgedBy = { nowMs: receiveTimeMs, ...definitions.of(organisationId), nextKey };
  const { events, outcomes } = decide(judgedBy);
  rates.take(principal, { events: events.length });
  const submission = { organisationId, events, receiveTimeMs };
  const sequences = await committer.submit(submission, { signal, remainingMs });
  return { outcomes, consistencyToken: encodeConsistencyToken(sequences) };
}
