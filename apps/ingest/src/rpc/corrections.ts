import type {
  AmendEventRequest,
  AmendEventResponse,
  EventService,
  VoidEventsRequest,
  VoidEventsResponse,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import type { ServiceImpl } from '@connectrpc/connect';
import { acceptAmendment, acceptVoids, type CorrectionContext } from '../domain/correction';
import { correctEvents, type CorrectionParts } from '../use-cases/correct-events';
import { callerOf, toProto } from './event-service';

/** The part of the Events API that corrects what was sent: parse, use case, answer. */
export function corrections(
  parts: CorrectionParts,
): Pick<ServiceImpl<typeof EventService>, 'voidEvents' | 'amendEvent'> {
  return {
    async voidEvents(request: VoidEventsRequest, context): Promise<VoidEventsResponse> {
      const decide = (judgedBy: CorrectionContext) => ({
        corrections: acceptVoids(request, judgedBy),
      });
      const { consistencyToken } = await correctEvents(parts, callerOf(context), decide);
      return { $typeName: 'billingrails.ingest.v1.VoidEventsResponse', consistencyToken };
    },
    async amendEvent(request: AmendEventRequest, context): Promise<AmendEventResponse> {
      const decide = (judgedBy: CorrectionContext) => {
        const { correction, outcome } = acceptAmendment(request, judgedBy);
        return { corrections: [correction], outcome };
      };
      const { outcome, consistencyToken } = await correctEvents(parts, callerOf(context), decide);
      return {
        $typeName: 'billingrails.ingest.v1.AmendEventResponse',
        event: toProto(outcome),
        consistencyToken,
      };
    },
  };
}
