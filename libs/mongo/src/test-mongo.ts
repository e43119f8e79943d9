import { createLogger } from '@billingrails/log';
import type { TestServers } from '@billingrails/testing';
import { connectMongo, type Mongo } from './connect';

/** Connects to a database of the test's own, without a word in the log. */
export function connectTestMongo({ mongodbUrl }: TestServers, database: string): Promise<Mongo> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  return connectMongo({ url: mongodbUrl, database, logger });
}
