import { MongoClient, MongoServerError, type Db, type Document } from 'mongodb';
import { REPLICA_SET } from './layout';
import { LOOPBACK } from '../processes/ports';
import { until } from '../until';

/**
 * mongod asks the addresses of its last run which of them is itself, and waits 30 s for each that accepts a connection
 * and stays silent: another program on the old port.
 */
const START_TIMEOUT_MS = 300_000;

/** With MongoDB's default of 10 s a lost primary is missed for about 10 s; with 2 s for about 3. */
const ELECTION_TIMEOUT_MS = 2_000;

/** Error codes of MongoDB, by their names there. */
const ALREADY_INITIALIZED = 23;
const INVALID_REPLICA_SET_CONFIG = 93;
const NOT_YET_INITIALIZED = 94;

type Hopeless = () => string | undefined;

/**
 * Makes the nodes on these ports one replica set, whatever they were before (nothing, that set, or that set on other
 * ports), and resolves when it has taken a write on every node.
 */
export async function assembleReplicaSet(
  ports: readonly number[],
  hopeless: Hopeless,
): Promise<void> {
  const clients: MongoClient[] = [];
  const waiting = { timeoutMs: START_TIMEOUT_MS, hopeless, remedy: 'See the logs of mongod.' };
  try {
    for (const port of ports) clients.push(await connected(port, hopeless));
    const admins = clients.map((client) => client.db('admin'));
    await until(() => configure(admins, ports), { ...waiting, what: 'the replica set' });
    await until(() => writeEverywhere(admins), { ...waiting, what: 'a write on every node' });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** Resolves when the node on `port` takes part in its replica set again. */
export async function awaitMember(port: number, hopeless: Hopeless): Promise<void> {
  const client = await connected(port, hopeless);
  try {
    await until(async () => isMember(await client.db('admin').command({ hello: 1 })), {
      what: `mongod on port ${port} to be primary or secondary`,
      timeoutMs: START_TIMEOUT_MS,
      hopeless,
      remedy: 'See its log.',
    });
  } finally {
    await client.close();
  }
}

/**
 * A client of that node alone. Each try is made by a client of its own: one whose first connection fails, as on a
 * machine that is too busy to answer in time, never connects again.
 */
function connected(port: number, hopeless: Hopeless): Promise<MongoClient> {
  return until(
    async () => {
      const client = new MongoClient(`mongodb://${LOOPBACK}:${port}/?directConnection=true`, {
        serverSelectionTimeoutMS: 2_000,
        retryWrites: false,
      });
      try {
        return await client.connect();
      } catch (error) {
        await client.close();
        throw error;
      }
    },
    {
      what: `mongod on port ${port} to answer`,
      timeoutMs: START_TIMEOUT_MS,
      hopeless,
      remedy: 'See its log.',
    },
  );
}

const isMember = (hello: Document): boolean =>
  hello['isWritablePrimary'] === true || hello['secondary'] === true;

/** One step towards the wanted configuration; true when it is the one in force. */
async function configure(admins: readonly Db[], ports: readonly number[]): Promise<boolean> {
  for (const admin of admins) {
    const stored = await storedConfig(admin);
    if (stored === undefined) continue;
    if (hasMembers(stored, ports)) return true;
    // Ports changed since the last run. No node is in a set that can vote, so the change is forced on one; it tells the
    // rest.
    await admin.command({
      replSetReconfig: { ...stored, ...setConfig(ports), version: stored['version'] + 1 },
      force: true,
    });
    return false;
  }
  try {
    await admins[0]?.command({ replSetInitiate: setConfig(ports) });
  } catch (error) {
    // Initiated already: the node is still reading what it has stored.
    if (codeOf(error) !== ALREADY_INITIALIZED) throw error;
  }
  return false;
}

/** The configuration the node has stored, also when the node itself is not in it; undefined when it has none. */
async function storedConfig(admin: Db): Promise<Document | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as Document;
  } catch (error) {
    if (codeOf(error) === NOT_YET_INITIALIZED) return undefined;
    if (codeOf(error) !== INVALID_REPLICA_SET_CONFIG) throw error;
    const config = await admin.client.db('local').collection('system.replset').findOne();
    return config ?? undefined;
  }
}

function setConfig(ports: readonly number[]): Document {
  return {
    _id: REPLICA_SET,
    members: ports.map((port, index) => ({ _id: index, host: `${LOOPBACK}:${port}` })),
    ...(ports.length > 1 ? { settings: { electionTimeoutMillis: ELECTION_TIMEOUT_MS } } : {}),
  };
}

function hasMembers(config: Document, ports: readonly number[]): boolean {
  const hosts = (config['members'] as { host: string }[]).map((member) => member.host);
  return hosts.join() === ports.map((port) => `${LOOPBACK}:${port}`).join();
}

/** A note in the oplog is a write that leaves nothing in any database. False while there is no primary. */
async function writeEverywhere(admins: readonly Db[]): Promise<boolean> {
  for (const admin of admins) {
    const hello = await admin.command({ hello: 1 });
    if (hello['isWritablePrimary'] !== true) continue;
    await admin.command({
      appendOplogNote: 1,
      data: { note: 'the replica set is up' },
      // More than a majority: a test that starts three nodes may kill any of them next.
      writeConcern: { w: admins.length, j: true, wtimeout: 5_000 },
    });
    return true;
  }
  return false;
}

function codeOf(error: unknown): unknown {
  return error instanceof MongoServerError ? error.code : undefined;
}
