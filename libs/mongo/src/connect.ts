import {
  MongoClient,
  MongoServerError,
  type Db,
  type Document,
  type MongoClientOptions,
} from 'mongodb';
import { SetupError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { endAbandonedTransactions } from './abandoned-transactions';
import { mongoDomainError } from './errors';

/** A service's own database on the deployment it is connected to. */
export interface Mongo {
  readonly client: MongoClient;
  readonly db: Db;
  readonly logger: Logger;
  close(): Promise<void>;
}

export interface MongoOptions {
  /** mongodb:// or mongodb+srv://; a replica set or a sharded cluster, since transactions need one. */
  readonly url: string;
  /** The service's own database; also its name in the server's log. */
  readonly database: string;
  readonly logger: Logger;
  /** Whether `client` tells of each command, for who counts them; it costs time. Default: no. */
  readonly monitorCommands?: boolean;
}

/** The oldest MongoDB this was tested on: 6.0. */
const WIRE_VERSION_MIN = 17;

/** An outage answers after about this long. */
const OUTAGE_MS = 5_000;

const CONNECT_TIMEOUT_MS = 3_000;

/** The longest a single command may take; longer ones are given up with their connection. */
const SOCKET_TIMEOUT_MS = 60_000;

/**
 * Connects, and checks that the deployment can do what the services rest on. Every write is acknowledged by a
 * majority and journaled, every read is of what a majority has. Throws DomainError unavailable when nobody answers
 * within five seconds, and a SetupError that says what to change when the deployment does not fit.
 *
 * BSON integers arrive as `number` up to 2^53 and as `Long` above, so nothing is ever rounded; an operation that
 * counts beyond that asks for `useBigInt64`.
 */
export async function connectMongo({
  url,
  database,
  logger,
  monitorCommands = false,
}: MongoOptions): Promise<Mongo> {
  const appName = `billingrails-${database}`;
  const client = openClient(url, {
    appName,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    retryWrites: true,
    retryReads: true,
    serverSelectionTimeoutMS: OUTAGE_MS,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    waitQueueTimeoutMS: OUTAGE_MS,
    // A server that hangs without closing its connections is noticed after this and the time to connect.
    heartbeatFrequencyMS: 2_000,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
    maxPoolSize: 64,
    monitorCommands,
  });
  try {
    await client.connect();
    checkDeployment(await client.db('admin').command({ hello: 1 }));
  } catch (error) {
    await client.close();
    throw mongoDomainError(error) ?? setupErrorOf(error) ?? error;
  }
  client.on('serverHeartbeatFailed', ({ connectionId, failure }) => {
    logger.warn({ server: connectionId, reason: failure.message }, 'MongoDB does not answer');
  });
  const abandoned = endAbandonedTransactions(client, appName, logger);
  return {
    client,
    db: client.db(database),
    logger,
    async close() {
      await abandoned.close();
      await client.close();
    },
  };
}

/** Of MongoDB's error_codes.yml, and of Atlas. */
const AUTHENTICATION_FAILED: ReadonlySet<unknown> = new Set([18, 8000]);

/** The driver reads the URL before it connects. */
function openClient(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SetupError(`MONGODB_URL cannot be used: ${reason}`);
  }
}

function setupErrorOf(error: unknown): SetupError | undefined {
  if (!(error instanceof MongoServerError) || !AUTHENTICATION_FAILED.has(error.code))
    return undefined;
  return new SetupError('MongoDB refuses the user or the password in MONGODB_URL.');
}

function checkDeployment(hello: Document): void {
  const transactions = typeof hello['setName'] === 'string' || hello['msg'] === 'isdbgrid';
  if (!transactions) {
    throw new SetupError(
      'MongoDB at MONGODB_URL is a standalone server, which has no transactions. ' +
        'Start it with --replSet and run rs.initiate() once; one node is enough.',
    );
  }
  const wireVersion: unknown = hello['maxWireVersion'];
  if (typeof wireVersion !== 'number' || wireVersion < WIRE_VERSION_MIN) {
    throw new SetupError('MongoDB at MONGODB_URL is older than 6.0. Use 6.0 or later.');
  }
}
