import { CHANGE_KINDS, consumeAccountDeleted, publishOutbox, type Bus } from '@billingrails/bus';
import { WebhookDeliverySchema } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_pb';
import { WebhookEndpointSchema } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_pb';
import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { createIdSource } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import {
  ensureIndexes,
  mongoDomainError,
  objectReader,
  showBefore,
  startOutboxRelay,
  type Mongo,
} from '@billingrails/mongo';
import { startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { deliveryToProto } from './deliveries/contract/delivery';
import { startDelivering } from './deliveries/jobs/deliver';
import { webhookDeliveryService } from './deliveries/rpc/webhook-delivery-service';
import { endpointToProto } from './endpoints/contract/endpoint';
import { webhookEndpointService } from './endpoints/rpc/webhook-endpoint-service';
import { consumeObjectChanged } from './events/consumer/object-changed';
import { DISABLED_EVENT, TEST_EVENT } from './events/domain/event-types';
import { createMetrics } from './metrics';
import { createSealing, tellRefusals } from '@billingrails/service';
import type { Resolve } from './sending/resolver';
import { createSender } from './sending/sender';
import { existingDelivery, existingEndpoint, type ServiceParts } from './service-parts';
import { INDEXES, openStores } from './store/stores';

/** What webhooks serves. */
export const SERVICES = [WebhookEndpointService, WebhookDeliveryService];

/** What webhooks rests on, connected, and how it is set. */
export interface WebhooksOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  readonly mongo: Mongo;
  /** With streams CHANGES, BILLING and AUDIT. */
  readonly bus: Bus;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly logger: Logger;
  /** The server's clock. */
  readonly nowMs: () => number;
  /** Numbers in [0, 1), for ids and for delays. */
  readonly random: () => number;
  /** As SECRETS_KEYS has them. */
  readonly secretsKeys: readonly Buffer[];
  readonly resolve: Resolve;
  readonly delivery: DeliverySettings;
}

/** How webhooks are sent. */
export interface DeliverySettings {
  /** How long a post may take, from its beginning to the end of the answer. */
  readonly timeoutMs: number;
  /** How many posts to one endpoint are under way at once. */
  readonly concurrency: number;
  /** Whether endpoints may be on this machine. */
  readonly loopback: boolean;
  /** After that a turn of an endpoint begins nothing more, so that others get their turn; 10 s. */
  readonly turnMs?: number;
  /** Between two looks for what is due where nothing was queued here; 0.5 s. */
  readonly pollMs?: number;
}

const TURN_MS = 10_000;
const POLL_MS = 500;
/** What a turn may take besides: reading, and writing what came of it. */
const CLAIM_SPARE_MS = 15_000;

/** A webhooks process. */
export interface Webhooks {
  /** host:port */
  readonly address: string;
  /** Stops taking calls and messages, finishes what is under way. The connections stay open. */
  close(): Promise<void>;
}

/** Wires webhooks on its connections, and serves. */
export async function startWebhooks(options: WebhooksOptions): Promise<Webhooks> {
  const { host, port, mongo, bus, authenticate, logger, nowMs, random, resolve } = options;
  const { timeoutMs, concurrency, loopback, turnMs = TURN_MS, pollMs = POLL_MS } = options.delivery;
  await ensureIndexes(mongo.db, INDEXES);
  const stores = openStores(mongo);
  showBefore(mongo, SERVICES, [
    objectReader(WebhookEndpointSchema, async ({ organisationId, id }, session) => {
      const endpoint = await existingEndpoint(stores, organisationId, id, session);
      const queue = await stores.queues.of(organisationId, [endpoint.id], session);
      return endpointToProto(endpoint, queue.get(endpoint.id), nowMs());
    }),
    objectReader(WebhookDeliverySchema, async ({ organisationId, id }, session) =>
      deliveryToProto(await existingDelivery(stores, organisationId, id, session)),
    ),
  ]);
  const ids = createIdSource(nowMs, random);
  const sealing = createSealing(options.secretsKeys);
  const rules = { loopback };
  const { registry, onAttempt } = createMetrics(stores.queues, nowMs);

  // Out: what is due is posted.
  const delivering = startDelivering({
    ...{ stores, sealing, nowMs, random, onAttempt, logger },
    sender: createSender({ resolve, rules, timeoutMs }),
    limits: { concurrency, turnMs },
    owner: ids.next('rep'),
    claimMs: turnMs + timeoutMs + CLAIM_SPARE_MS,
    pollMs,
  });
  const onQueued = (): void => delivering.nudge();

  // In: changes become deliveries.
  const consumption = await consumeObjectChanged(bus, { stores, logger, nowMs, onQueued });
  const deletions = await consumeAccountDeleted(bus, {
    durable: 'webhooks-account-deleted',
    logger,
    async deleteAccount(organisationId, accountId) {
      await stores.deliveries.deleteOfTestAccount(organisationId, accountId);
      await stores.events.deleteOfTestAccount(organisationId, accountId);
    },
  });

  // Out: what requests did is told to the audit log.
  const relay = startOutboxRelay(mongo, (messages) => publishOutbox(bus, messages), { logger });

  // In and out: the services of the contract.
  const eventTypes = [...Object.keys(CHANGE_KINDS), DISABLED_EVENT, TEST_EVENT];
  const services: ServiceParts = { stores, ids, sealing, rules, eventTypes, nowMs, onQueued };
  const server = await startRpcServer({
    name: 'webhooks',
    host,
    port,
    ...(options.origins && { origins: options.origins }),
    services: SERVICES,
    routes: (router) => {
      router.service(WebhookEndpointService, webhookEndpointService(services));
      router.service(WebhookDeliveryService, webhookDeliveryService(services));
    },
    authenticate,
    onRefused: tellRefusals(bus, logger, nowMs),
    logger,
    toDomainError: mongoDomainError,
    metrics: registry,
  });

  return {
    address: server.address,
    async close() {
      server.setServing(false);
      await consumption.close();
      await deletions.close();
      await delivering.close();
      await server.close();
      await relay.close();
    },
  };
}
