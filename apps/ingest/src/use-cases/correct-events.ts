import type { AuditMessage } from '@billingrails/audit';
import { encodeConsistencyToken } from '@billingrails/bus';
import type { Id } from '@billingrails/ids';
import type { AcceptedCorrection, CorrectionContext } from '../domain/correction';
import type { Caller, IngestParts } from './ingest-events';

/** What taking corrections needs. */
export interface CorrectionParts extends IngestParts {
  /** The id of a correction whose caller gave no request id. */
  readonly nextCorrectionId: () => Id<'cor'>;
  /** Resolves when the record of a call is durable in stream AUDIT. */
  readonly record: (message: AuditMessage) => Promise<void>;
}

/** A call that corrects events. */
export interface CorrectingCall extends Caller {
  /** What the audit log is told of it. */
  readonly recorded: (timeMs: number) => AuditMessage;
}

/**
 * Lets corrections be judged, and resolves with what was decided when they are on disk, all or none. The audit log is
 * told before: there is no transaction over two streams, and no event may be changed without a record of who asked.
 */
export async function correctEvents<
  T extends { readonly corrections: readonly AcceptedCorrection[] },
>(
  { committer, definitions, nowMs, nextKey, nextCorrectionId, record }: CorrectionParts,
  { principal, signal, remainingMs, recorded }: CorrectingCall,
  decide: (judgedBy: CorrectionContext) => T,
): Promise<T & { readonly consistencyToken: string }> {
  const { organisationId } = principal;
  const receiveTimeMs = nowMs();
  const decided = decide({
    organisationId,
    nowMs: receiveTimeMs,
    ...definitions.of(organisationId),
    nextKey,
    nextCorrectionId,
  });
  await record(recorded(receiveTimeMs));
  const submission = { organisationId, corrections: decided.corrections, receiveTimeMs };
  const sequences = await committer.submit(submission, { signal, remainingMs });
  return { ...decided, consistencyToken: encodeConsistencyToken(sequences) };
}
