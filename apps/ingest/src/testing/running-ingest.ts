import { createKey } from '@billingrails/access';
import { connectBus, type Bus } from '@billingrails/bus';
import { createIdSource, type OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { startServers, type TestServers } from '@billingrails/testing';
import { IngestProcess } from './ingest-process';

/** Ingest on brokers of its own, with an organisation and its key. */
export interface RunningIngest {
  readonly servers: TestServers;
  /** The tests' own connection to the broker. */
  readonly bus: Bus;
  /** Replaced by whoever kills it and starts another. */
  process: IngestProcess;
  readonly organisationId: OrganisationId;
  readonly key: string;
  stop(): Promise<void>;
}

/** For `beforeAll` or a test, with `stop` after it. */
export async function runIngest(
  options: { nodes?: 1 | 3; env?: Record<string, string> } = {},
): Promise<RunningIngest> {
  const servers = await startServers({ nats: true, nodes: options.nodes ?? 1 });
  const logger = createLogger({ service: 'test', level: 'silent' });
  const bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
  const organisationId = createIdSource(() => Date.now(), Math.random).next('org');
  const { secret } = await createKey(bus, { kind: 'organisation', organisationId, name: 'test' });
  const running: RunningIngest = {
    servers,
    bus,
    process: await IngestProcess.serving(servers, options.env),
    organisationId,
    key: secret,
    async stop() {
      await running.process.stop();
      await bus.close();
      await servers.stop();
    },
  };
  return running;
}
