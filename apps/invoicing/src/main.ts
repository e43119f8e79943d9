import { followAccessKeys } from '@billingrails/access';
import { BILLING, connectBus, ensureStream } from '@billingrails/bus';
import { loadConfig } from '@billingrails/config';
import { createLogger } from '@billingrails/log';
import { connectMongo } from '@billingrails/mongo';
import { configSchema } from './config';
import { startInvoicing } from './start-invoicing';

const config = loadConfig(configSchema, process.env);
const logger = createLogger({ service: 'invoicing', level: config.LOG_LEVEL });

const mongo = await connectMongo({
  url: config.MONGODB_URL,
  database: config.MONGODB_DATABASE,
  logger,
});
const bus = await connectBus({ url: config.NATS_URL, name: 'invoicing', logger });
await ensureStream(bus, BILLING);
const keys = await followAccessKeys(bus, logger);

const invoicing = await startInvoicing({
  host: config.HOST,
  port: config.PORT,
  mongo,
  bus,
  authenticate: keys.authenticate,
  logger,
  nowMs: Date.now,
});
logger.info({ address: invoicing.address }, 'Invoicing serves.');

let stopping = false;
const stop = async (signal: string): Promise<void> => {
  if (stopping) return;
  stopping = true;
  logger.info({ signal }, 'Invoicing stops.');
  await invoicing.close();
  await keys.close();
  await bus.close();
  await mongo.close();
};
process.once('SIGTERM', (signal) => void stop(signal));
process.once('SIGINT', (signal) => void stop(signal));
