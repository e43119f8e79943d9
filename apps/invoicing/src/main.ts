import { followAccessKeys } from '@billingrails/access';
import { AUDIT, BILLING, CHANGES, connectBus, ensureStream } from '@billingrails/bus';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { connectMongo } from '@billingrails/mongo';
import { createRpcClient } from '@billingrails/rpc';
import { createSealing, defaultLimits, runService } from '@billingrails/service';
import { configSchema } from './config';
import { createPrepaid } from './credits/prepaid-client';
import { createUsageSource } from './explanations/usage-client';
import { createAccountSource } from './invoices/account-client';
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
    await ensureStream(bus, CHANGES);
    await ensureStream(bus, AUDIT);
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));
    // Whom it asks for prepaid credits; connected with the first question.
    const target = { url: config.BILLING_URL, key: config.SERVICE_KEY };
    const credits = await open('billing', async () => createRpcClient(CreditService, target));
    // Whom it asks for the events behind a line.
    const metering = { url: config.METERING_URL, key: config.SERVICE_KEY };
    const usage = await open('metering', async () => createRpcClient(UsageService, metering));
    // Whom it asks whose an account is that an invoice is written to.
    const found = await open('billing', async () => createRpcClient(AccountService, target));
    const clocks = await open('billing', async () => createRpcClient(TestClockService, target));
    const prepaid = createPrepaid(credits.client);
    const accounts = createAccountSource(found.client, clocks.client);
    const usageSource = createUsageSource(usage.client);
    return { mongo, bus, keys, prepaid, accounts, usageSource };
  },

  serve: ({ config, logger }, { mongo, bus, keys, prepaid, accounts, usageSource }) =>
    startInvoicing({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      mongo,
      bus,
      prepaid,
      accounts,
      usageSource,
      authenticate: keys.authenticate,
      logger,
      nowMs: Date.now,
      random: Math.random,
      stripe: { url: config.STRIPE_URL, timeoutMs: config.STRIPE_TIMEOUT_MS },
      ...(config.SECRETS_KEYS !== undefined && { sealing: createSealing(config.SECRETS_KEYS) }),
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
