import { followAccessKeys } from '@billingrails/access';
import { BILLING, connectBus, ensureStream } from '@billingrails/bus';
import { connectMongo } from '@billingrails/mongo';
import { runService } from '@billingrails/service';
import { configSchema } from './config';
import { SERVICES, startInvoicing } from './start-invoicing';
import { stripeTax } from './taxes/calculator/stripe-tax';

void runService({
  name: 'invoicing',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    const { MONGODB_URL, MONGODB_DATABASE: database, NATS_URL } = config;
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'invoicing', logger }));
    await ensureStream(bus, BILLING);
    const keys = await open('NATS', () => followAccessKeys(bus, logger));
    return { mongo, bus, keys };
  },

  serve: ({ config, logger }, { mongo, bus, keys }) =>
    startInvoicing({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      mongo,
      bus,
      authenticate: keys.authenticate,
      logger,
      nowMs: Date.now,
      random: Math.random,
      ...(config.STRIPE_TAX_KEY !== undefined && {
        taxCalculator: stripeTax({
          apiKey: config.STRIPE_TAX_KEY,
          url: config.STRIPE_URL,
          timeoutMs: config.TAX_TIMEOUT_MS,
          nowMs: Date.now,
        }),
      }),
    }),
});
