import {
  AUDIT,
  BILLING,
  CHANGES,
  connectBus,
  ensureStream,
  objectChanged,
  publishAllOnce,
  publishOnce,
  type Bus,
} from '@billingrails/bus';
import { create, toBinary } from '@bufbuild/protobuf';
import { AccountDeletedSchema } from '@billingrails/contracts/billingrails/bus/v1/account_deleted_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { WebhookDeliveryService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_delivery_service_pb';
import { WebhookEndpointService } from '@billingrails/contracts/billingrails/webhooks/v1/webhook_endpoint_service_pb';
import { allScopes } from '@billingrails/access';
import { DomainError } from '@billingrails/errors';
import {
  createIdSource,
  derivedId,
  parseId,
  type AccountId,
  type OrganisationId,
} from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { connectMongo, type Mongo } from '@billingrails/mongo';
import { createRpcClient, type Principal } from '@billingrails/rpc';
import {
  PATIENCE_MS,
  Started,
  startServers,
  waitFor,
  type TestServers,
} from '@billingrails/testing';
import type { Client } from '@connectrpc/connect';
import { startWebhooks, type DeliverySettings } from '../start-webhooks';

const logger = createLogger({ service: 'test', level: 'silent' });
const ids = createIdSource(Date.now, Math.random);

/** What the secrets of endpoints are sealed with. */
export const SECRETS_KEY = Buffer.alloc(32, 'key');

/** An organisation that no other test has. */
export const newOrganisation = (): OrganisationId => ids.next('org');

/** What an invoice of a test has to do with. */
export interface Told {
  readonly organisationId: OrganisationId;
  /** Distinguishes it from others: the invoice's number. */
  readonly name: string;
  readonly type?: 'invoice.finalized' | 'invoice.paid' | 'invoice.voided';
  readonly accountId?: string;
  readonly isTest?: boolean;
}

/** Clients with the key of an organisation. */
export interface Clients {
  readonly endpoints: Client<typeof WebhookEndpointService>;
  readonly deliveries: Client<typeof WebhookDeliveryService>;
}

/** A webhooks replica with its own connections, as a process would have them. */
export interface Replica {
  readonly address: string;
  readonly mongo: Mongo;
  as(organisationId: OrganisationId): Clients;
  stop(): Promise<void>;
}

/** Real servers, the other services' side of the stream, a clock, and replicas of webhooks. */
export interface World {
  readonly servers: TestServers;
  readonly bus: Bus;
  /** Tells that invoices have changed, in this order, under event ids that are the same each time. */
  tell(...told: readonly Told[]): Promise<void>;
  /** Tells that a test account was deleted. */
  deleteAccount(organisationId: OrganisationId, accountId: string): Promise<void>;
  /** Waits until all that was told is queued. */
  queued(): Promise<void>;
  /** Moves the clock of the replicas. */
  advance(ms: number): void;
  /** Their present. */
  nowMs(): number;
  replica(settings?: Partial<DeliverySettings>): Promise<Replica>;
  stop(): Promise<void>;
}

/** The id of the event that `tell` makes. */
export const eventIdOf = (told: Told): string => changeOf(told).id;

function changeOf({ organisationId, name, type = 'invoice.finalized', ...of }: Told) {
  const { accountId = 'acct_1', isTest = false } = of;
  const objectId = derivedId('inv', organisationId, name);
  return objectChanged({
    ...{ type, organisationId, accountId: accountId as AccountId, objectId, isTest },
    ...{ schema: InvoiceSchema, object: { id: objectId, number: name, accountId } },
    ...{ occurMs: 1_700_000_000_000, createMs: Date.now() },
  });
}

/** Starts the servers. */
export async function startWorld(): Promise<World> {
  const servers = await startServers({ mongo: true, nats: true });
  const bus = await connectBus({ url: servers.natsUrl, name: 'others', logger });
  await ensureStream(bus, CHANGES);
  await ensureStream(bus, BILLING);
  await ensureStream(bus, AUDIT);
  const replicas = new Started<Replica>();
  let aheadMs = 0;
  let messageCount = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  return {
    ...{ servers, bus, nowMs },
    async tell(...told) {
      const messages = told.map((one) => {
        const { id, subject, data } = changeOf(one);
        // What is told again comes as another message: the stream itself would drop it.
        return { messageId: `${id} ${(messageCount += 1)}`, subject, data };
      });
      await publishAllOnce(bus, messages);
    },
    async deleteAccount(organisationId, accountId) {
      const deleted = create(AccountDeletedSchema, { organisationId, accountId });
      const data = toBinary(AccountDeletedSchema, deleted);
      const subject = 'billing.account_deleted';
      await publishOnce(bus, { subject, data, messageId: `${organisationId} ${accountId}` });
    },
    async queued() {
      await waitFor(
        async () => {
          const info = await bus.manager.consumers.info(CHANGES.name, 'webhooks');
          const { state } = await bus.manager.streams.info(CHANGES.name);
          return info.ack_floor.stream_seq >= state.last_seq;
        },
        { what: 'all changes to be queued' },
      );
    },
    advance(ms) {
      aheadMs += ms;
    },
    async replica(settings = {}) {
      return replicas.add(await startReplica(servers, nowMs, settings));
    },
    async stop() {
      await replicas.stop();
      await bus.close();
      await servers.stop();
    },
  };
}

async function startReplica(
  servers: TestServers,
  nowMs: () => number,
  settings: Partial<DeliverySettings>,
): Promise<Replica> {
  const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'webhooks', logger });
  const bus = await connectBus({ url: servers.natsUrl, name: 'webhooks', logger });
  const webhooks = await startWebhooks({
    ...{ host: '127.0.0.1', port: 0, mongo, bus, authenticate, logger, nowMs },
    random: Math.random,
    secretsKeys: [SECRETS_KEY],
    resolve: () => Promise.reject(new Error('Nothing is resolved here.')),
    delivery: {
      timeoutMs: 10 * PATIENCE_MS,
      concurrency: 10,
      loopback: true,
      pollMs: 50,
      ...settings,
    },
  });
  const closers: (() => void)[] = [];
  const url = `dns:///${new URL(webhooks.address).host}`;
  return {
    ...{ address: webhooks.address, mongo },
    as(key) {
      const options = { url, key, defaultTimeoutMs: PATIENCE_MS };
      const endpoints = createRpcClient(WebhookEndpointService, options);
      const deliveries = createRpcClient(WebhookDeliveryService, options);
      closers.push(endpoints.close, deliveries.close);
      return { endpoints: endpoints.client, deliveries: deliveries.client };
    },
    async stop() {
      for (const close of closers) close();
      await webhooks.close();
      await bus.close();
      await mongo.close();
    },
  };
}

/** Lets each organisation in by a key that is its id. */
function authenticate(bearer: string): Principal {
  const organisationId = parseId('org', bearer);
  if (organisationId === undefined)
    throw new DomainError('unauthenticated', 'API_KEY_INVALID', 'The key is not known.');
  return { organisationId, keyId: 'key_1', kind: 'organisation', scopes: allScopes(['internal']) };
}
