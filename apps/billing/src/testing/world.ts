import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AUDIT,
  BILLING,
  CHANGES,
  connectBus,
  ensureStream,
  METERING,
  publishOnce,
  USAGE,
  type Bus,
} from '@billingrails/bus';
import { UsageChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_changed_pb';
import { UsageCountedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_counted_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createLogger, type Logger } from '@billingrails/log';
import { connectMongo, type Mongo } from '@billingrails/mongo';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS, Started, startServers, type TestServers } from '@billingrails/testing';
import { USAGE_CHANGED_SUBJECT } from '../late/contract/usage-changed';
import { USAGE_COUNTED_SUBJECT } from '../usage/counted-events';
import type { Metering } from '../usage/metering';
import { createMetering } from '../usage/metering-client';
import { createEventAccounts } from '../usage/event-accounts';
import { startBilling, type Billing, type BillingOptions } from '../start-billing';
import { openClients, type Clients } from './clients';
import { organisationAuthenticator, SERVICE_KEY } from './keys';
import { SCRIPTED_EVENT_NAME, startMeteringServer, type MeteringServer } from './metering-server';

const logger: Logger = createLogger({ service: 'billing', level: 'silent' });

const HOUR_MS = 3_600_000;

/** A billing replica with its own connections, as a process would have them. */
export interface Replica {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly metering: Metering;
  readonly billing: Billing;
  /** Clients with the key of an organisation. */
  as(organisationId: string): Clients;
  stop(): Promise<void>;
}

/** Real servers, a scripted metering, and as many replicas of billing as a test asks for. */
export interface World {
  readonly servers: TestServers;
  readonly meteringServer: MeteringServer;
  replica(
    changes?: Partial<BillingOptions['closing']> &
      Partial<
        Pick<
          BillingOptions,
          | 'nowMs'
          | 'unbilledSweepMs'
          | 'billSweepMs'
          | 'creditPostMs'
          | 'alertLookMs'
          | 'topUpLookMs'
        >
      >,
  ): Promise<Replica>;
  /** Says, as metering does, that usage of every account has changed from an instant on. */
  changed(organisationId: string, time: string): Promise<void>;
  /** Says, as metering does, that events of accounts were counted: those of every scripted meter. */
  counted(organisationId: string, ...accountIds: string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts MongoDB, NATS with stream BILLING, and the scripted metering. */
export async function startWorld(): Promise<World> {
  const servers = await startServers({ mongo: true, nats: true });
  const meteringServer = await startMeteringServer();
  const bus = await connectBus({ url: servers.natsUrl, name: 'metering', logger });
  await ensureStream(bus, METERING);
  await ensureStream(bus, USAGE);
  const replicas = new Started<Replica>();
  return {
    servers,
    meteringServer,
    async replica({
      nowMs = Date.now,
      unbilledSweepMs = HOUR_MS,
      billSweepMs = HOUR_MS,
      creditPostMs = HOUR_MS,
      alertLookMs = HOUR_MS,
      topUpLookMs = HOUR_MS,
      ...closing
    } = {}) {
      return replicas.add(
        await startReplica(servers, meteringServer, {
          nowMs,
          unbilledSweepMs,
          billSweepMs,
          creditPostMs,
          alertLookMs,
          topUpLookMs,
          closing,
        }),
      );
    },
    changed: (organisationId, time) => tellChanged(bus, organisationId, time),
    counted: (organisationId, ...accountIds) => tellCounted(bus, organisationId, accountIds),
    async stop() {
      await replicas.stop();
      await bus.close();
      await meteringServer.stop();
      await servers.stop();
    },
  };
}

async function startReplica(
  servers: TestServers,
  meteringServer: MeteringServer,
  {
    nowMs,
    unbilledSweepMs,
    billSweepMs,
    creditPostMs,
    alertLookMs,
    topUpLookMs,
    closing,
  }: Pick<
    BillingOptions,
    'nowMs' | 'unbilledSweepMs' | 'billSweepMs' | 'creditPostMs' | 'alertLookMs' | 'topUpLookMs'
  > & {
    readonly closing: Partial<BillingOptions['closing']>;
  },
): Promise<Replica> {
  const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'billing', logger });
  const bus = await connectBus({ url: servers.natsUrl, name: 'billing', logger });
  await ensureStream(bus, BILLING);
  await ensureStream(bus, CHANGES);
  await ensureStream(bus, AUDIT);
  await ensureStream(bus, METERING);
  await ensureStream(bus, USAGE);
  const url = `dns:///127.0.0.1:${meteringServer.port}`;
  const target = { url, key: SERVICE_KEY, defaultTimeoutMs: PATIENCE_MS };
  const meters = createRpcClient(MeterService, target);
  const usages = createRpcClient(UsageService, target);
  const stored = createRpcClient(StoredEventService, target);
  const metering = createMetering(meters.client, usages.client);
  const billing = await startBilling({
    host: '127.0.0.1',
    port: 0,
    mongo,
    bus,
    metering,
    eventAccounts: createEventAccounts(stored.client, meters.client, usages.client),
    authenticate: organisationAuthenticator,
    logger,
    nowMs,
    random: Math.random,
    unbilledSweepMs,
    billSweepMs,
    creditPostMs,
    alertLookMs,
    topUpLookMs,
    closing: {
      settleMs: 60_000,
      graceMs: 0,
      adjustCycles: 0,
      concurrency: 8,
      batchMax: 250,
      pollMs: 50,
      claimMs: 30_000,
      joinTries: 10,
      ...closing,
    },
  });
  const opened: Clients[] = [];
  return {
    mongo,
    bus,
    metering,
    billing,
    as(organisationId) {
      const clients = openClients(billing.port, organisationId);
      opened.push(clients);
      return clients;
    },
    async stop() {
      for (const clients of opened) clients.close();
      await billing.close();
      meters.close();
      usages.close();
      stored.close();
      await bus.close();
      await mongo.close();
    },
  };
}

let told = 0;

async function tellChanged(bus: Bus, organisationId: string, time: string): Promise<void> {
  const startMs = Date.parse(time);
  const spans = [{ startTime: timestampFromMs(startMs), endTime: timestampFromMs(startMs + 1) }];
  const message = create(UsageChangedSchema, { organisationId, spans });
  const data = toBinary(UsageChangedSchema, message);
  const subject = USAGE_CHANGED_SUBJECT;
  await publishOnce(bus, { subject, data, messageId: `${organisationId}/${(told += 1)}` });
}

async function tellCounted(bus: Bus, organisationId: string, accountIds: string[]): Promise<void> {
  const counted = [{ organisationId, eventName: SCRIPTED_EVENT_NAME, accountIds }];
  const data = toBinary(UsageCountedSchema, create(UsageCountedSchema, { counted }));
  const subject = USAGE_COUNTED_SUBJECT;
  await publishOnce(bus, { subject, data, messageId: `${organisationId}/${(told += 1)}` });
}
