import { encodeConsistencyToken } from '@billingrails/bus';
import type {
  AmendEventRequest,
  AmendEventResponse,
  EventService,
  VoidEventsRequest,
  VoidEventsResponse,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import type { Id } from '@billingrails/ids';
import { principalOf, remainingMs } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { acceptAmendment, acceptVoids } from '../domain/correction';
import type { AcceptedCorrection, CorrectionContext } from '../domain/correction';
import { toProto, type EventServiceOptions } from './event-service';

export interface CorrectionOptions extends EventServiceOptions {
  /** The id of a correction whose caller gave no request id. */
  readonly nextCorrectionId: () => Id<'cor'>;
}

/** The part of the Events API that corrects what was sent: decide, publish, answer. */
export function corrections(
  options: CorrectionOptions,
): Pick<ServiceImpl<typeof EventService>, 'voidEvents' | 'amendEvent'> {
  return {
    async voidEvents(request: VoidEventsRequest, context): Promise<VoidEventsResponse> {
      const judgedBy = contextOf(options, context);
      const voids = acceptVoids(request, judgedBy);
      return {
        $typeName: 'billingrails.ingest.v1.VoidEventsResponse',
        consistencyToken: await publish(options, context, judgedBy, voids),
      };
    },
    async amendEvent(request: AmendEventRequest, context): Promise<AmendEventResponse> {
      const judgedBy = contextOf(options, context);
      const { correction, outcome } = acceptAmendment(request, judgedBy);
      return {
        $typeName: 'billingrails.ingest.v1.AmendEventResponse',
        event: toProto(outcome),
        consistencyToken: await publish(options, context, judgedBy, [correction]),
      };
    },
  };
}

function contextOf(
  { definitions, nowMs, nextKey, nextCorrectionId }: CorrectionOptions,
  context: HandlerContext,
): CorrectionContext {
  const { organisationId } = principalOf(context);
  return {
    organisationId,
    nowMs: nowMs(),
    ...definitions.of(organisationId),
    nextKey,
    nextCorrectionId,
  };
}

async function publish(
  { committer }: CorrectionOptions,
  context: HandlerContext,
  { organisationId, nowMs: receiveTimeMs }: CorrectionContext,
  accepted: readonly AcceptedCorrection[],
): Promise<string> {
  const sequences = await committer.submit(
    { organisationId, corrections: accepted, receiveTimeMs },
    { signal: context.signal, remainingMs: remainingMs(context) },
  );
  return encodeConsistencyToken(sequences);
}
