import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import type { WebhookEndpoint } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';
import { assert, invalid, precondition } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { deliveryToProto } from '../../deliveries/contract/delivery';
import { TEST_EVENT } from '../../events/domain/event-types';
import { queueFor } from '../../events/use-cases/queue-events';
import { enabledEndpoint, existingEndpoint, type ServiceParts } from '../../service-parts';
import { newSecret } from '../../secrets/new-secret';
import { draftFromProto, endpointBytes, endpointToProto } from '../contract/endpoint';
import { ENDPOINTS_MAX, endpointViolations, rotated, signingSecrets } from '../domain/endpoint';
import type { OwnedEndpoint } from '../store/endpoints';
import { endpointEvent } from '../use-cases/disable-endpoint';

const HOUR_MS = 3_600_000;
const OVERLAP_HOURS = 24;

/** Keeps the endpoints of the caller's organisation. */
export function webhookEndpointService(
  parts: ServiceParts,
): ServiceImpl<typeof WebhookEndpointService> {
  const { stores, ids, sealing, rules, eventTypes, nowMs, onQueued } = parts;
  const { mongo, endpoints, queues, events } = stores;

  function draftOf(message: WebhookEndpoint | undefined): ReturnType<typeof draftFromProto> {
    assert(message !== undefined, 'the contract requires an endpoint');
    const draft = draftFromProto(message);
    const violations = endpointViolations(draft, eventTypes, rules);
    if (violations.length === 0) return draft;
    throw invalid('WEBHOOK_ENDPOINT_INVALID', 'The endpoint cannot be kept so.', violations);
  }

  async function shown(organisationId: OrganisationId, all: readonly OwnedEndpoint[]) {
    const of = await queues.of(
      organisationId,
      all.map(({ id }) => id),
    );
    return all.map((endpoint) => endpointToProto(endpoint, of.get(endpoint.id), nowMs()));
  }

  const sealed = (number: number, id: string, createMs: number) => ({
    ...{ number, sealed: sealing.seal(newSecret(), id), createMs },
  });

  /** The secret that an answer names: answers are stored, secrets only sealed. Empty when it signs no longer. */
  async function secretOf(
    organisationId: OrganisationId,
    answered: WebhookEndpoint | undefined,
  ): Promise<string> {
    const id = parseId('whe', answered?.id ?? '');
    const endpoint = id && (await endpoints.find(organisationId, id));
    const number = answered?.secrets[0]?.number;
    const found =
      endpoint && signingSecrets(endpoint, nowMs()).find((secret) => secret.number === number);
    return found && id ? sealing.open(found.sealed, id) : '';
  }

  return {
    async createWebhookEndpoint(request, context) {
      const caller = principalOf(context);
      const { organisationId } = caller;
      const answer = await mutate(mongo, {
        method: WebhookEndpointService.method.createWebhookEndpoint,
        ...{ request, caller },
        prepare: () => draftOf(request.webhookEndpoint),
        async run(session, _, { disabled, ...draft }) {
          const there = await endpoints.ofOrganisations([organisationId], session);
          if (there.length >= ENDPOINTS_MAX)
            throw precondition(
              'TOO_MANY_WEBHOOK_ENDPOINTS',
              `The organisation has ${ENDPOINTS_MAX} webhook endpoints.`,
            );
          const id = ids.next('whe');
          const createMs = nowMs();
          const endpoint: OwnedEndpoint = {
            ...{ id, organisationId, ...draft, createMs, secrets: [sealed(1, id, createMs)] },
            ...(disabled && { disabled: { reason: 'requested', ms: createMs } }),
          };
          await endpoints.insert(endpoint, session);
          await queues.insert({ endpointId: id, organisationId, open: !disabled }, session);
          return { webhookEndpoint: endpointToProto(endpoint, undefined, createMs) };
        },
      });
      return { ...answer, secret: await secretOf(organisationId, answer.webhookEndpoint) };
    },

    async getWebhookEndpoint({ webhookEndpointId }, context) {
      const { organisationId } = principalOf(context);
      const endpoint = await existingEndpoint(stores, organisationId, webhookEndpointId);
      const [webhookEndpoint] = await shown(organisationId, [endpoint]);
      return webhookEndpoint === undefined ? {} : { webhookEndpoint };
    },

    async listWebhookEndpoints(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        endpoints.list(organisationId, slice),
      );
      return { webhookEndpoints: await shown(organisationId, items), nextPageToken };
    },

    async updateWebhookEndpoint(request, context) {
      const answer = await mutate(mongo, {
        method: WebhookEndpointService.method.updateWebhookEndpoint,
        ...{ request, caller: principalOf(context) },
        prepare: () => draftOf(request.webhookEndpoint),
        async run(session, organisationId, { disabled, ...draft }) {
          const { webhookEndpointId } = request;
          const before = await existingEndpoint(stores, organisationId, webhookEndpointId, session);
          const { disabled: was, ...rest } = before;
          const asked = { disabled: was ?? { reason: 'requested', ms: nowMs() } } as const;
          const endpoint = { ...rest, ...draft, ...(disabled && asked) };
          await endpoints.replace(endpoint, session);
          if (disabled !== (was !== undefined))
            await queues.setOpen(endpoint.id, !disabled, nowMs(), session);
          const queue = (await queues.of(organisationId, [endpoint.id], session)).get(endpoint.id);
          return { webhookEndpoint: endpointToProto(endpoint, queue, nowMs()) };
        },
      });
      onQueued();
      return answer;
    },

    deleteWebhookEndpoint: (request, context) =>
      mutate(mongo, {
        method: WebhookEndpointService.method.deleteWebhookEndpoint,
        ...{ request, caller: principalOf(context) },
        async run(session, organisationId) {
          const { webhookEndpointId } = request;
          const { id } = await existingEndpoint(stores, organisationId, webhookEndpointId, session);
          await endpoints.delete(organisationId, id, session);
          await queues.delete(id, session);
          return {};
        },
      }),

    async rotateWebhookSecret(request, context) {
      const caller = principalOf(context);
      const { organisationId } = caller;
      const answer = await mutate(mongo, {
        method: WebhookEndpointService.method.rotateWebhookSecret,
        ...{ request, caller },
        async run(session) {
          const { webhookEndpointId, overlapHours = OVERLAP_HOURS } = request;
          const before = await existingEndpoint(stores, organisationId, webhookEndpointId, session);
          const number = (before.secrets[0]?.number ?? 0) + 1;
          const next = sealed(number, before.id, nowMs());
          const kept = rotated(before.secrets, next, overlapHours * HOUR_MS);
          const endpoint = { ...before, secrets: kept };
          await endpoints.replace(endpoint, session);
          const queue = (await queues.of(organisationId, [before.id], session)).get(before.id);
          return { webhookEndpoint: endpointToProto(endpoint, queue, next.createMs) };
        },
      });
      return { ...answer, secret: await secretOf(organisationId, answer.webhookEndpoint) };
    },

    async sendTestWebhook(request, context) {
      const answer = await mutate(mongo, {
        method: WebhookEndpointService.method.sendTestWebhook,
        ...{ request, caller: principalOf(context) },
        async run(session, organisationId) {
          const { webhookEndpointId } = request;
          const endpoint = await enabledEndpoint(
            ...([stores, organisationId, webhookEndpointId, session] as const),
          );
          const queue = (await queues.of(organisationId, [endpoint.id], session)).get(endpoint.id);
          const object = endpointBytes(endpoint, queue, nowMs());
          const event = endpointEvent(TEST_EVENT, endpoint, object, nowMs(), ids.next('evt'));
          await events.insertMany([event], session);
          const [queued] = await queueFor(stores, endpoint, [event], nowMs(), session);
          assert(queued !== undefined, 'the queue of an enabled endpoint is open');
          return { webhookDelivery: deliveryToProto(queued) };
        },
      });
      onQueued();
      return answer;
    },
  };
}
