import {
  connect,
  ErrorCode,
  Events,
  NatsError,
  type ConnectionOptions,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
} from 'nats';
import { SetupError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { isDoneWithin } from '@billingrails/waits';
import { busDomainError, disconnected } from './errors';

/** A connection to NATS with JetStream, which it re-establishes by itself for ever. */
export interface Bus {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly logger: Logger;
  /** False from the moment the connection is seen to be lost until it is back. */
  readonly connected: boolean;
  /** Calls `listener` each time the connection is lost; returns what ends that. */
  onDisconnect(listener: () => void): () => void;
  /** Sends what is still to be sent, then ends the connection. */
  close(): Promise<void>;
}

export interface BusOptions {
  /** nats://host:port, with commas between several; may hold user:password or a token. */
  readonly url: string;
  /** Shown in the server's monitoring. */
  readonly name: string;
  readonly logger: Logger;
}

const DIAL_TIMEOUT_MS = 5_000;
const RECONNECT_WAIT_MS = 250;
const API_TIMEOUT_MS = 5_000;
const DRAIN_TIMEOUT_MS = 3_000;

/** Connects. Throws DomainError unavailable when no server answers within five seconds. */
export async function connectBus({ url, name, logger }: BusOptions): Promise<Bus> {
  const connection = await dial(url, name);
  const listeners = new Set<() => void>();
  let connected = true;

  async function follow(): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) {
        connected = false;
        logger.warn({ server: String(data) }, 'NATS connection lost; reconnecting');
        for (const listener of [...listeners]) listener();
      } else if (type === Events.Reconnect) {
        connected = true;
        logger.info({ server: String(data) }, 'NATS connection is back');
      } else if (type === Events.Error) {
        logger.warn({ reason: String(data) }, 'NATS reports an error');
      }
    }
  }
  follow().catch((error: unknown) => logger.error({ error }, 'NATS status is no longer followed'));

  return {
    connection,
    jetstream: connection.jetstream({ timeout: API_TIMEOUT_MS }),
    manager: await connection.jetstreamManager({ timeout: API_TIMEOUT_MS, checkAPI: false }),
    logger,
    get connected() {
      return connected && !connection.isClosed();
    },
    onDisconnect: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => closeConnection(connection, connected),
  };
}

/** A server that is lost or hangs never confirms that everything arrived, so that is waited for only so long. */
async function closeConnection(connection: NatsConnection, connected: boolean): Promise<void> {
  if (connected && !connection.isClosed()) {
    await isDoneWithin(connection.drain(), DRAIN_TIMEOUT_MS);
  }
  await connection.close();
}

async function dial(url: string, name: string): Promise<NatsConnection> {
  const { servers, ...credentials } = parseServers(url);
  const options: ConnectionOptions = {
    servers,
    ...credentials,
    name: `billingrails-${name}`,
    timeout: DIAL_TIMEOUT_MS,
    reconnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    // Replicas that lost the same server do not come back in the same instant.
    reconnectJitter: RECONNECT_WAIT_MS,
    reconnectJitterTLS: RECONNECT_WAIT_MS,
    ignoreAuthErrorAbort: true,
    // A server that hangs without closing the connection is given up after 15 s.
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
  try {
    return await connect(options);
  } catch (error) {
    if (error instanceof NatsError && error.code === ErrorCode.AuthorizationViolation) {
      throw new SetupError('NATS refuses the user, the password or the token in NATS_URL.');
    }
    throw busDomainError(error) ?? error;
  }
}

interface Servers {
  servers: string[];
  user?: string;
  pass?: string;
  token?: string;
}

/** The client takes credentials apart from addresses. */
function parseServers(url: string): Servers {
  const urls = url.split(',').map((text) => {
    const trimmed = text.trim();
    return new URL(trimmed.includes('://') ? trimmed : `nats://${trimmed}`);
  });
  const servers = urls.map((each) => each.host);
  const known = urls.find((each) => each.username !== '');
  if (known === undefined) return { servers };
  const user = decodeURIComponent(known.username);
  if (known.password === '') return { servers, token: user };
  return { servers, user, pass: decodeURIComponent(known.password) };
}

/**
 * Runs a call to the server that ends at once when the connection is or gets lost, and whose failures are
 * DomainErrors. What had been sent may have been done all the same.
 */
export async function whileConnected<T>(bus: Bus, call: () => Promise<T>): Promise<T> {
  if (!bus.connected) {
    // Not within the same turn: a caller that retries in a loop would never let the connection come back.
    await new Promise((resolve) => setImmediate(resolve));
    throw disconnected();
  }
  let stop = (): void => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    stop = bus.onDisconnect(() => reject(disconnected()));
  });
  try {
    return await Promise.race([call(), lost]);
  } catch (error) {
    throw busDomainError(error) ?? error;
  } finally {
    stop();
  }
}
