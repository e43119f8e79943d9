import { randomInt } from 'node:crypto';
import { followAccessKeys } from '@billingrails/access';
import {
  AUDIT,
  BILLING,
  CHANGES,
  connectBus,
  ensureStream,
  METERING,
  USAGE,
} from '@billingrails/bus';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { connectMongo } from '@billingrails/mongo';
import { createRpcClient } from '@billingrails/rpc';
import { defaultLimits, runService } from '@billingrails/service';
import { configSchema } from './config';
import { SERVICES } from './rpc/routes';
import { startBilling } from './start-billing';
import { createEventAccounts } from './usage/event-accounts';
import { createMetering } from './usage/metering-client';

void runService({
  name: 'billing',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    // What it stores in, and what it speaks on.
    const { MONGODB_URL, MONGODB_DATABASE: database, NATS_URL } = config;
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'billing', logger }));
    await ensureStream(bus, BILLING);
    await ensureStream(bus, CHANGES);
    await ensureStream(bus, AUDIT);
    await ensureStream(bus, METERING);
    await ensureStream(bus, USAGE);
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));

    // Whom it asks for usage; connected with the first question.
    const target = { url: config.METERING_URL, key: config.SERVICE_KEY };
    const meters = await open('metering', async () => createRpcClient(MeterService, target));
    const usages = await open('metering', async () => createRpcClient(UsageService, target));
    const stored = await open('metering', async () => createRpcClient(StoredEventService, target));
    return {
      mongo,
      bus,
      keys,
      metering: createMetering(meters.client, usages.client),
      eventAccounts: createEventAccounts(stored.client, meters.client, usages.client),
    };
  },

  serve: ({ config, logger }, { mongo, bus, keys, metering, eventAccounts }) =>
    startBilling({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      mongo,
      bus,
      metering,
      eventAccounts,
      authenticate: keys.authenticate,
      logger,
      nowMs: Date.now,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      closing: {
        settleMs: config.CLOSE_SETTLE_MS,
        graceMs: config.BILL_GRACE_MS,
        adjustCycles: config.BILL_ADJUST_CYCLES,
        concurrency: config.CLOSE_CONCURRENCY,
        batchMax: config.CLOSE_BATCH,
        pollMs: config.CLOSE_POLL_MS,
        claimMs: config.CLOSE_CLAIM_MS,
        joinTries: config.BILL_JOIN_TRIES,
      },
      unbilledSweepMs: config.UNBILLED_SWEEP_MS,
      creditPostMs: config.CREDIT_POST_MS,
      topUpLookMs: config.TOP_UP_LOOK_MS,
      billSweepMs: config.BILL_SWEEP_MS,
      alertLookMs: config.ALERT_LOOK_MS,
    }),
});
