import { followAccessKeys } from '@billingrails/access';
import { AUDIT, connectBus, ensureStream } from '@billingrails/bus';
import { connectMongo } from '@billingrails/mongo';
import { defaultLimits, runService } from '@billingrails/service';
import { configSchema } from './config';
import { SERVICES, startAccess } from './start-access';

void runService({
  name: 'access',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    const { MONGODB_URL, MONGODB_DATABASE: database, NATS_URL } = config;
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'access', logger }));
    await ensureStream(bus, AUDIT);
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));
    return { mongo, bus, keys };
  },

  serve: ({ config, logger }, { mongo, bus, keys }) =>
    startAccess({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      mongo,
      bus,
      authenticate: keys.authenticate,
      logger,
      nowMs: Date.now,
      random: Math.random,
      // Not the log: logs are kept, and read by more than one.
      ...(config.FIRST_KEY && { printFirstKey: (text) => process.stdout.write(`${text}\n`) }),
    }),
});
