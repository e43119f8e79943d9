import { followAccessKeys } from '@billingrails/access';
import { AUDIT, BILLING, CHANGES, connectBus, ensureStream } from '@billingrails/bus';
import { connectMongo } from '@billingrails/mongo';
import { defaultLimits, runService } from '@billingrails/service';
import { configSchema } from './config';
import { createResolver } from './sending/resolver';
import { SERVICES, startWebhooks } from './start-webhooks';

void runService({
  name: 'webhooks',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    const { MONGODB_URL, MONGODB_DATABASE: database, NATS_URL } = config;
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'webhooks', logger }));
    await ensureStream(bus, CHANGES);
    await ensureStream(bus, BILLING);
    await ensureStream(bus, AUDIT);
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));
    return { mongo, bus, keys };
  },

  serve: ({ config, logger }, { mongo, bus, keys }) =>
    startWebhooks({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      mongo,
      bus,
      authenticate: keys.authenticate,
      logger,
      nowMs: Date.now,
      random: Math.random,
      secretsKeys: config.SECRETS_KEYS,
      resolve: createResolver(),
      delivery: {
        timeoutMs: config.DELIVERY_TIMEOUT_MS,
        concurrency: config.ENDPOINT_CONCURRENCY,
        loopback: config.LOOPBACK_ENDPOINTS,
      },
    }),
});
