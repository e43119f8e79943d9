import { followAccessKeys, type FollowedKeyRing } from '@billingrails/access';
import { AUDIT, connectBus, ensureStream, type Bus } from '@billingrails/bus';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { createLogger } from '@billingrails/log';
import { connectMongo, type Mongo } from '@billingrails/mongo';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS, Started, startServers, type TestServers } from '@billingrails/testing';
import type { Client } from '@connectrpc/connect';
import { startAccess } from '../start-access';

const logger = createLogger({ service: 'test', level: 'silent' });

/** Clients with a key. */
export interface Clients {
  readonly organisations: Client<typeof OrganisationService>;
  readonly keys: Client<typeof ApiKeyService>;
}

/** A replica of access with its own connections, as a process would have them. */
export interface Replica {
  readonly address: string;
  readonly mongo: Mongo;
  /** What it printed of the first key. */
  readonly printed: readonly string[];
  as(key: string): Clients;
  stop(): Promise<void>;
}

/** Real servers of the test's own, since what is first there matters, and another service that follows keys. */
export interface World {
  readonly servers: TestServers;
  readonly bus: Bus;
  /** Of another service. */
  readonly ring: FollowedKeyRing;
  /** Moves the clock of the replicas. */
  advance(ms: number): void;
  replica(): Promise<Replica>;
  stop(): Promise<void>;
}

/** Starts the servers. */
export async function startWorld(): Promise<World> {
  const servers = await startServers({ mongo: true, nats: true, alone: true });
  const bus = await connectBus({ url: servers.natsUrl, name: 'others', logger });
  await ensureStream(bus, AUDIT);
  const ring = await followAccessKeys(bus, logger);
  const replicas = new Started<Replica>();
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  return {
    ...{ servers, bus, ring },
    advance(ms) {
      aheadMs += ms;
    },
    async replica() {
      return replicas.add(await startReplica(servers, nowMs));
    },
    async stop() {
      await replicas.stop();
      await ring.close();
      await bus.close();
      await servers.stop();
    },
  };
}

async function startReplica(servers: TestServers, nowMs: () => number): Promise<Replica> {
  const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'access', logger });
  const bus = await connectBus({ url: servers.natsUrl, name: 'access', logger });
  const ring = await followAccessKeys(bus, logger);
  const printed: string[] = [];
  const access = await startAccess({
    ...{ host: '127.0.0.1', port: 0, mongo, bus, logger, nowMs, random: Math.random },
    authenticate: ring.authenticate,
    printFirstKey: (text) => printed.push(text),
  });
  const closers: (() => void)[] = [];
  const url = `dns:///${new URL(access.address).host}`;
  return {
    ...{ address: access.address, mongo, printed },
    as(key) {
      const options = { url, key, defaultTimeoutMs: PATIENCE_MS };
      const organisations = createRpcClient(OrganisationService, options);
      const keys = createRpcClient(ApiKeyService, options);
      closers.push(organisations.close, keys.close);
      return { organisations: organisations.client, keys: keys.client };
    },
    async stop() {
      for (const close of closers) close();
      await access.close();
      await ring.close();
      await bus.close();
      await mongo.close();
    },
  };
}
