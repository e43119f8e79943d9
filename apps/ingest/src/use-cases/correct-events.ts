import { encodeConsistencyToken } from '@billingrails/bus';
import type { Id } from '@billingrails/ids';
import type { AcceptedCorrection, CorrectionContext } from '../domain/correction';
import type { Caller, IngestParts } from './ingest-events';

/** What taking corrections needs. */
export interface CorrectionParts extends IngestParts {
  /** The id of a correction whose caller gave no request id. */
  readonly nextCorrectionId: () => Id<'cor'>;
}

/** Lets corrections be judged, and resolves with what was decided when they are on disk, all or none. */
export async function correctEvents<
  T extends { readonly corrections: readonly AcceptedCorrection[] },
>(
  { committer, definitions, nowMs, nextKey, nextCorrectionId }: CorrectionParts,
  { organisationId, signal, remainingMs }: Caller,
  decide: (judgedBy: CorrectionContext) => T,
): Promise<T & { readonly consistencyToken: string }> {
  const receiveTimeMs = nowMs();
  const decided = decide({
    organisationId,
    nowMs: receiveTimeMs,
    ...definitions.of(organisationId),
    nextKey,
    nextCorrectionId,
  });
  const submission = { organisationId, corrections: decided.corrections, receiveTimeMs };
  const sequences = await committer.submit(submission, { signal, remainingMs });
  return { ...decided, consistencyToken: encodeConsistencyToken(sequences) };
}
