import { startMongo } from '@billingrails/servers';
import { waitFor } from './wait-for';

/** What the process that runs test files one after the other keeps for them; what it guards dies with it. */
export interface TestWorker {
  readonly guardProcess: (pid: number) => void;
  readonly releaseProcess: (pid: number) => void;
  readonly makeTemporaryFolder: () => string;
  readonly removeTemporaryFolder: (folder: string) => void;
  mongo?: KeptMongo | undefined;
}

interface KeptMongo {
  readonly folder: string;
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Has one user at a time. */
  isTaken: boolean;
}

export interface SharedMongo {
  readonly url: string;
  /** For the next; nothing of what this one wrote will be left. */
  readonly release: () => void;
}

const APP_NAME = 'billingrails-tests';
const OWN = ['admin', 'config', 'local'];
/** For connections that were just closed to be gone; whoever keeps one longer keeps the server. */
const CLOSING_MS = 2_000;

/**
 * The mongod of this test worker, empty, with nobody else connected. Starting one costs most of a second of processor,
 * which many files take no longer than. Undefined where there is no worker, or while another has it.
 */
export async function takeSharedMongo(): Promise<SharedMongo | undefined> {
  const { testWorker: worker } = globalThis as { testWorker?: TestWorker };
  if (worker === undefined || worker.mongo?.isTaken === true) return undefined;
  if (worker.mongo !== undefined) {
    worker.mongo.isTaken = true;
    if (!(await isEmptied(worker.mongo))) end(worker, worker.mongo);
  }
  const kept = (worker.mongo ??= await startKept(worker));
  return { url: kept.url, release: () => (kept.isTaken = false) };
}

async function startKept(worker: TestWorker): Promise<KeptMongo> {
  const folder = worker.makeTemporaryFolder();
  const { url, nodes } = await startMongo({ dir: folder, detached: true });
  const [{ pid = 0, port = 0 } = {}] = nodes;
  worker.guardProcess(pid);
  return { folder, url, port, pid, isTaken: true };
}

function end(worker: TestWorker, { pid, folder }: KeptMongo): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
  worker.releaseProcess(pid);
  worker.removeTemporaryFolder(folder);
  worker.mongo = undefined;
}

/** Drops all that was written. False where that would not do: somebody is connected, or it does not answer. */
async function isEmptied({ port }: KeptMongo): Promise<boolean> {
  const { MongoClient } = await import('mongodb');
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
    appName: APP_NAME,
    writeConcern: { w: 'majority' },
  });
  const admin = client.db('admin');
  const others = () =>
    admin
      .aggregate([
        { $currentOp: { allUsers: true, idleConnections: true } },
        { $match: { client: { $exists: true }, appName: { $ne: APP_NAME } } },
      ])
      .toArray();
  try {
    await waitFor(async () => (await others()).length === 0, {
      what: 'the file before to be gone',
      timeoutMs: CLOSING_MS,
    });
    await admin.command({ killAllSessions: [] });
    const { databases } = await admin.admin().listDatabases({ nameOnly: true });
    for (const { name } of databases.filter((database) => !OWN.includes(database.name))) {
      await client.db(name).setProfilingLevel('off');
      await client.db(name).dropDatabase();
    }
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}
