import { followAccessKeys } from '@billingrails/access';
import {
  AUDIT,
  assertDurable,
  connectBus,
  ensureStream,
  EVENTS,
  METERING,
  USAGE,
} from '@billingrails/bus';
import { eventsStreamOptions } from '@billingrails/config';
import { connectMongo } from '@billingrails/mongo';
import { defaultLimits, runService } from '@billingrails/service';
import { configSchema, durabilityOptions } from './config';
import { SERVICES, startMetering } from './start-metering';

void runService({
  name: 'metering',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    const { MONGODB_URL, MONGODB_DATABASE: database, NATS_URL } = config;
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'metering', logger }));
    await ensureStream(bus, EVENTS, eventsStreamOptions(config));
    await ensureStream(bus, METERING);
    await ensureStream(bus, USAGE);
    await ensureStream(bus, AUDIT);
    await assertDurable(bus, durabilityOptions(config));
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));
    return { mongo, bus, keys };
  },

  serve: ({ config, logger }, { mongo, bus, keys }) =>
    startMetering({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
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
    }),
});
