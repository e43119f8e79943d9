import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import {
  decodePageToken,
  encodePageToken,
  fromTimestamp,
  pageAfter,
  pageSize,
  principalOf,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import {
  enabledEndpoint,
  existingDelivery,
  existingEndpoint,
  type ServiceParts,
} from '../../service-parts';
import { deliveryToProto, statusFromProto } from '../contract/delivery';
import { replayEvents } from '../use-cases/replay-events';

const sequencePosition = z.strictObject({ before: z.int().min(1) });
const eventPosition = z.strictObject({
  ms: z.int(),
  id: z.custom<`evt_${string}`>((value) => typeof value === 'string' && value.startsWith('evt_')),
  endMs: z.int(),
});

/** Shows and repeats what was sent to the endpoints of the caller's organisation. */
export function webhookDeliveryService(
  parts: ServiceParts,
): ServiceImpl<typeof WebhookDeliveryService> {
  const { stores, nowMs, onQueued } = parts;
  const { mongo, deliveries, queues } = stores;

  const existing = (organisationId: OrganisationId, text: string, session?: ClientSession) =>
    existingDelivery(stores, organisationId, text, session);

  return {
    async getWebhookDelivery({ webhookDeliveryId }, context) {
      const { organisationId } = principalOf(context);
      const found = await existing(organisationId, webhookDeliveryId);
      await existingEndpoint(stores, organisationId, found.endpointId);
      return { webhookDelivery: deliveryToProto(found) };
    },

    async listWebhookDeliveries(request, context) {
      const { organisationId } = principalOf(context);
      const { id } = await existingEndpoint(stores, organisationId, request.webhookEndpointId);
      const status = statusFromProto(request.status);
      const { items, nextPageToken } = await pageAfter(request, {
        position: sequencePosition,
        list: (from, limit) =>
          deliveries.list(
            { organisationId, endpointId: id },
            { limit, ...(status && { status }), ...(from && { beforeSequence: from.before }) },
          ),
        positionOf: ({ sequence }) => ({ before: sequence }),
      });
      return { webhookDeliveries: items.map(deliveryToProto), nextPageToken };
    },

    async replayWebhookDelivery(request, context) {
      const answer = await mutate(mongo, {
        method: WebhookDeliveryService.method.replayWebhookDelivery,
        ...{ request, caller: principalOf(context) },
        async run(session, organisationId) {
          const found = await existing(organisationId, request.webhookDeliveryId, session);
          await enabledEndpoint(stores, organisationId, found.endpointId, session);
          await deliveries.requeue(found, [found.id], nowMs(), session);
          await queues.wake(found.endpointId, nowMs(), session);
          return {
            webhookDelivery: deliveryToProto(await existing(organisationId, found.id, session)),
          };
        },
      });
      onQueued();
      return answer;
    },

    async replayWebhookEvents(request, context) {
      const answer = await mutate(mongo, {
        method: WebhookDeliveryService.method.replayWebhookEvents,
        ...{ request, caller: principalOf(context) },
        async run(session, organisationId) {
          const { webhookEndpointId, startTime, endTime, undeliveredOnly, pageToken } = request;
          assert(startTime !== undefined, 'the contract requires a start');
          const endpoint = await enabledEndpoint(
            ...([stores, organisationId, webhookEndpointId, session] as const),
          );
          const position = pageToken === '' ? undefined : decodePageToken(pageToken, eventPosition);
          // What becomes known while pages are asked for belongs to none of them.
          const untilMs = endTime === undefined ? nowMs() : fromTimestamp(endTime, 'end_time');
          const endMs = position?.endMs ?? untilMs;
          const replay = {
            ...{ startMs: fromTimestamp(startTime, 'start_time'), endMs, undeliveredOnly },
            ...(position && { after: { createMs: position.ms, id: position.id } }),
            limit: pageSize(request.pageSize),
          };
          const { count, last } = await replayEvents(
            ...([stores, endpoint, replay, nowMs(), session] as const),
          );
          const next =
            last === undefined ? '' : encodePageToken({ ms: last.createMs, id: last.id, endMs });
          return { deliveryCount: count, nextPageToken: next };
        },
      });
      onQueued();
      return answer;
    },
  };
}
