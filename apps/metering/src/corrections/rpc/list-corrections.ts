import { create } from '@bufbuild/protobuf';
import {
  StoredCorrectionKind,
  StoredCorrectionSchema,
  StoredCorrectionState,
  type StoredCorrection,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import {
  ListCorrectionsRequestSchema,
  type ListCorrectionsRequest,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { pageSize, principalOf, toTimestamp } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import { z } from 'zod';
import {
  accountOf,
  accountViolations,
  nextTokenOf,
  positionIn,
  refuse,
} from '../../events/rpc/stored-event-requests';
import type { CorrectionState } from '../domain/correction';
import {
  listCorrections,
  type CorrectionListing,
  type ListedCorrection,
} from '../store/correction-list';

const STATES: Record<CorrectionState, StoredCorrectionState> = {
  waiting: StoredCorrectionState.WAITING,
  applied: StoredCorrectionState.APPLIED,
  superseded: StoredCorrectionState.SUPERSEDED,
};

const correctionPosition = z.object({ receiveTimeMs: z.number(), id: z.string() });

/** Lists corrections, also those that wait for their event. */
export async function listCorrectionsCall(
  { db }: Mongo,
  request: ListCorrectionsRequest,
  call: HandlerContext,
) {
  const limit = pageSize(request.pageSize);
  const listing = readRequest(principalOf(call).organisationId, request);
  const found = await listCorrections(db, undefined, listing, limit + 1);
  const corrections = found.slice(0, limit);
  const last = found.length > limit ? corrections.at(-1) : undefined;
  const position = last && { receiveTimeMs: last.receiveTimeMs, id: last.id };
  return {
    corrections: corrections.map(toStoredCorrection),
    nextPageToken: nextTokenOf(ListCorrectionsRequestSchema, request, position),
  };
}

/** A correction as callers see it. */
export function toStoredCorrection(correction: ListedCorrection): StoredCorrection {
  const { id, accountId, key, amends, reason, receiveTimeMs, state } = correction;
  return create(StoredCorrectionSchema, {
    ...{ id, idempotencyKey: key, accountId, reason },
    kind: amends ? StoredCorrectionKind.AMENDMENT : StoredCorrectionKind.VOID,
    receiveTime: toTimestamp(receiveTimeMs),
    state: STATES[state],
  });
}

/** Throws `invalid` with everything that is wrong with it. */
function readRequest(
  organisationId: OrganisationId,
  request: ListCorrectionsRequest,
): CorrectionListing {
  const { accountId, idempotencyKeys: keys, pageToken } = request;
  const violations = accountViolations(accountId);
  refuse('CORRECTION_LIST_INVALID', 'The list of corrections is not valid.', violations);
  return {
    ...{ organisationId, accountId: accountOf(accountId), keys, state: stateOf(request.state) },
    after: positionIn(ListCorrectionsRequestSchema, request, pageToken, correctionPosition),
  };
}

/** Undefined for any. */
function stateOf(state: StoredCorrectionState): CorrectionState | undefined {
  const states = Object.entries(STATES) as [CorrectionState, StoredCorrectionState][];
  return states.find(([, known]) => known === state)?.[0];
}
