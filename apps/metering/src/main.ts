import { followAccessKeys } from '@billingrails/access';
import { assertDurable, connectBus, ensureStream, EVENTS } from '@billingrails/bus';
import { eventsStreamOptions, loadConfig } from '@billingrails/config';
import { createLogger } from '@billingrails/log';
import { connectMongo } from '@billingrails/mongo';
import { configSchema, durabilityOptions } from './config';
import { startMetering } from './start-metering';

const config = loadConfig(configSchema, process.env);
const logger = createLogger({ service: 'metering', level: config.LOG_LEVEL });

async function start(): Promise<void> {
  const { MONGODB_URL: url, MONGODB_DATABASE: database } = config;
  const mongo = await connectMongo({ url, database, logger });
  const bus = await connectBus({ url: config.NATS_URL, name: 'metering', logger });
  await ensureStream(bus, EVENTS, eventsStreamOptions(config));
  await assertDurable(bus, durabilityOptions(config));
  const keys = await followAccessKeys(bus, logger);

  const metering = await startMetering({
    host: config.HOST,
    port: config.PORT,
    mongo,
    bus,
    authenticate: keys.authenticate,
    logger,
    nowMs: Date.now,
    random: Math.random,
    limits: { eventCount: config.CHUNK_EVENTS, byteCount: config.CHUNK_BYTES },
    lanesAtOnce: config.LANES_AT_ONCE,
    retentionMs: config.EVENTS_RETENTION_MS,
    operatorOrganisationId: config.OPERATOR_ORGANISATION_ID,
    rawRetentionDays: config.RAW_EVENTS_RETENTION_DAYS,
  });

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await metering.close();
    await keys.close();
    await bus.close();
    await mongo.close();
    logger.info('stopped');
  }
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
}

start().catch((error: unknown) => {
  logger.fatal({ err: error }, 'metering cannot start');
  process.exit(1);
});
