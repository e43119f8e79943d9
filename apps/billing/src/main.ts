import { randomInt } from 'node:crypto';
import { followAccessKeys } from '@billingrails/access';
import { BILLING, connectBus, ensureStream } from '@billingrails/bus';
import { loadConfig } from '@billingrails/config';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createLogger } from '@billingrails/log';
import { connectMongo } from '@billingrails/mongo';
import { createRpcClient } from '@billingrails/rpc';
import { configSchema } from './config';
import { createMetering } from './usage/metering';
import { createEventAccounts } from './usage/event-accounts';
import { startBilling } from './start-billing';

const config = loadConfig(configSchema, process.env);
const logger = createLogger({ service: 'billing', level: config.LOG_LEVEL });

async function start(): Promise<void> {
  // What it stores in, and what it speaks on.
  const { MONGODB_URL: url, MONGODB_DATABASE: database } = config;
  const mongo = await connectMongo({ url, database, logger });
  const bus = await connectBus({ url: config.NATS_URL, name: 'billing', logger });
  await ensureStream(bus, BILLING);
  const keys = await followAccessKeys(bus, logger);

  // Whom it asks for usage; connected with the first question.
  const target = { url: config.METERING_URL, key: config.SERVICE_KEY };
  const meters = createRpcClient(MeterService, target);
  const usages = createRpcClient(UsageService, target);
  const stored = createRpcClient(StoredEventService, target);

  const billing = await startBilling({
    host: config.HOST,
    port: config.PORT,
    mongo,
    bus,
    metering: createMetering(meters.client, usages.client),
    eventAccounts: createEventAccounts(stored.client, meters.client, usages.client),
    authenticate: keys.authenticate,
    logger,
    nowMs: Date.now,
    random: () => randomInt(2 ** 32) / 2 ** 32,
    closing: {
      settleMs: config.CLOSE_SETTLE_MS,
      concurrency: config.CLOSE_CONCURRENCY,
      pollMs: config.CLOSE_POLL_MS,
      claimMs: config.CLOSE_CLAIM_MS,
    },
    unbilledSweepMs: config.UNBILLED_SWEEP_MS,
  });

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    await billing.close();
    meters.close();
    usages.close();
    stored.close();
    await keys.close();
    await bus.close();
    await mongo.close();
    logger.info('stopped');
  }
  process.once('SIGTERM', (signal) => void stop(signal));
  process.once('SIGINT', (signal) => void stop(signal));
}

start().catch((error: unknown) => {
  logger.fatal({ err: error }, 'billing cannot start');
  process.exit(1);
});
