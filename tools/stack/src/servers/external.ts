import { MongoClient } from 'mongodb';
import {
  errorText,
  isVersionUsable,
  StackError,
  VERSIONS_NEEDED,
  type ServerName,
} from '@billingrails/servers';
import { withBus } from './with-bus';

const ANSWER_TIMEOUT_MS = 10_000;

/** Checks that what MONGODB_URL names answers, has transactions and is new enough. Throws StackError. */
export async function checkMongo(url: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<void> {
  const failed = problemWith('MONGODB_URL', url);
  const client = await attempt(failed, async () =>
    new MongoClient(url, { serverSelectionTimeoutMS: timeoutMs }).connect(),
  );
  try {
    const admin = client.db('admin');
    const hello = await attempt(failed, () => admin.command({ hello: 1 }));
    if (hello['setName'] === undefined && hello['msg'] !== 'isdbgrid') {
      throw failed(
        'is neither a replica set nor a mongos, so it has no transactions',
        'Start that mongod with --replSet and run rs.initiate() on it once.',
      );
    }
    const { version } = await attempt(failed, () => admin.command({ buildInfo: 1 }));
    checkVersion(failed, 'mongod', String(version));
  } finally {
    await client.close();
  }
}

/** Checks that what NATS_URL names answers, has JetStream and is new enough. Throws StackError. */
export async function checkNats(url: string): Promise<void> {
  const failed = problemWith('NATS_URL', url);
  const server = await attempt(failed, () =>
    withBus(url, async (bus) => ({
      version: bus.connection.info?.version ?? '',
      noJetStream: await bus.manager.getAccountInfo().then(() => undefined, errorText),
    })),
  );
  checkVersion(failed, 'nats-server', server.version);
  if (server.noJetStream === undefined) return;
  throw failed(
    `has no JetStream for us (${server.noJetStream})`,
    'Enable jetstream in its configuration.',
  );
}

type Failed = (problem: string, remedy: string) => StackError;

/** Names the server by its variable and hosts; what stands before the @ is a secret. */
function problemWith(variable: string, url: string): Failed {
  const shown = url.replace(/\/\/[^@/,]*@/g, '//…@');
  return (problem, remedy) =>
    new StackError(
      `${variable} is set, so nothing is started; but ${shown} ${problem}.`,
      `${remedy} Or unset ${variable} to have a server started here.`,
    );
}

async function attempt<T>(failed: Failed, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw failed(`does not answer (${errorText(error)})`, 'Start that server or correct the URL.');
  }
}

function checkVersion(failed: Failed, server: ServerName, version: string): void {
  if (isVersionUsable(server, version)) return;
  throw failed(`is ${server} ${version}`, `It must be ${VERSIONS_NEEDED[server]}.`);
}
