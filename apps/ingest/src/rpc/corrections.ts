import {
  toBinary,
  type DescMessage,
  type DescMethodUnary,
  type MessageShape,
} from '@bufbuild/protobuf';
import { auditRecorded, nameOf, recordIdOf } from '@billingrails/audit';
import {
  EventService,
  type AmendEventRequest,
  type AmendEventResponse,
  type VoidEventsRequest,
  type VoidEventsResponse,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { acceptAmendment, acceptVoids, type CorrectionContext } from '../domain/correction';
import {
  correctEvents,
  type CorrectingCall,
  type CorrectionParts,
} from '../use-cases/correct-events';
import { callerOf, toProto } from './event-service';

/** The part of the Events API that corrects what was sent: parse, use case, answer. */
export function corrections(
  parts: CorrectionParts,
): Pick<ServiceImpl<typeof EventService>, 'voidEvents' | 'amendEvent'> {
  const { voidEvents, amendEvent } = EventService.method;
  return {
    async voidEvents(request: VoidEventsRequest, context): Promise<VoidEventsResponse> {
      const decide = (judgedBy: CorrectionContext) => ({
        corrections: acceptVoids(request, judgedBy),
      });
      const { consistencyToken } = await correctEvents(
        parts,
        callOf(context, voidEvents, request),
        decide,
      );
      return { $typeName: 'billingrails.ingest.v1.VoidEventsResponse', consistencyToken };
    },
    async amendEvent(request: AmendEventRequest, context): Promise<AmendEventResponse> {
      const decide = (judgedBy: CorrectionContext) => {
        const { correction, outcome } = acceptAmendment(request, judgedBy);
        return { corrections: [correction], outcome };
      };
      const { outcome, consistencyToken } = await correctEvents(
        parts,
        callOf(context, amendEvent, request),
        decide,
      );
      return {
        $typeName: 'billingrails.ingest.v1.AmendEventResponse',
        event: toProto(outcome),
        consistencyToken,
      };
    },
  };
}

/** Whose call it is, and what the audit log is told of it: sent again by its request_id, the same record. */
function callOf<I extends DescMessage>(
  context: HandlerContext,
  method: DescMethodUnary<I>,
  request: MessageShape<I> & { readonly requestId: string },
): CorrectingCall {
  const caller = principalOf(context);
  const content = toBinary(method.input, request);
  const same = { requestId: request.requestId, content };
  const id = recordIdOf(caller.organisationId, nameOf(method), same);
  return {
    ...callerOf(context),
    recorded: (timeMs) => auditRecorded({ id, caller, method, request, timeMs }),
  };
}
