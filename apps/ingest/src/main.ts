import { randomInt } from 'node:crypto';
import { followAccessKeys } from '@billingrails/access';
import {
  assertDurable,
  busDomainError,
  connectBus,
  ensureStream,
  EVENTS,
  partitionsOf,
  publishAtomic,
} from '@billingrails/bus';
import { eventsStreamOptions, loadConfig } from '@billingrails/config';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createIdSource } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { startRpcServer } from '@billingrails/rpc';
import { configSchema, durabilityOptions } from './config';
import { followEventDefinitions } from './consumer/event-definitions';
import { watchBroker } from './publishing/broker-watch';
import { GroupCommitter } from './publishing/group-committer';
import { corrections } from './rpc/corrections';
import { eventService } from './rpc/event-service';
import { leanEvents } from './rpc/lean-events';

const config = loadConfig(configSchema, process.env);
const logger = createLogger({ service: 'ingest', level: config.LOG_LEVEL });
const nowMs = () => Date.now();
const steadyMs = () => performance.now();
const ids = createIdSource(nowMs, () => randomInt(2 ** 32) / 2 ** 32);

async function start(): Promise<void> {
  // The broker; and before anything is taken, that it keeps what it acknowledges.
  const bus = await connectBus({ url: config.NATS_URL, name: 'ingest', logger });
  await ensureStream(bus, EVENTS, eventsStreamOptions(config));
  const checkBroker = () => assertDurable(bus, durabilityOptions(config));
  await checkBroker();

  // What every call needs, followed from the bus, so that a call does no I/O before its commit.
  const keys = await followAccessKeys(bus, logger);
  const { definitions, close: unfollowDefinitions } = await followEventDefinitions(bus, logger);

  // The way to the disk.
  const partitions = await partitionsOf(bus);
  const committer = new GroupCommitter({
    partitions,
    commit: (messages, timeoutMs) => publishAtomic(bus, messages, { timeoutMs }),
    isConnected: () => bus.connected,
    onUnavailable: () => broker.suspect(),
    limits: { requestsMax: config.PENDING_REQUESTS_MAX, bytesMax: config.PENDING_BYTES_MAX },
    patienceMs: config.COMMIT_PATIENCE_MS,
    steadyMs,
  });

  // The way in.
  const nextKey = () => ids.next('evt');
  const nextCorrectionId = () => ids.next('cor');
  const options = { committer, definitions, nowMs, nextKey, nextCorrectionId };
  const server = await startRpcServer({
    name: 'ingest',
    host: config.HOST,
    port: config.PORT,
    services: [EventService],
    routes: (router) =>
      router.service(EventService, { ...eventService(options), ...corrections(options) }),
    lean: leanEvents({ ...options, partitions }),
    authenticate: keys.authenticate,
    toDomainError: busDomainError,
    logger,
  });

  const broker = watchBroker(bus, {
    check: checkBroker,
    onChange: (works) => server.setServing(works),
    onUnfit: () => void stop(1),
    logger,
  });

  let stopping = false;
  async function stop(exitCode: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    process.exitCode = exitCode;
    broker.close();
    // Answers all that was taken, and only then lets the broker go.
    await server.close();
    await Promise.all([keys.close(), unfollowDefinitions()]);
    await bus.close();
    logger.info('stopped');
  }
  process.once('SIGTERM', () => void stop(0));
  process.once('SIGINT', () => void stop(0));
}

start().catch((error: unknown) => {
  logger.fatal({ err: error }, 'ingest cannot start');
  process.exit(1);
});
