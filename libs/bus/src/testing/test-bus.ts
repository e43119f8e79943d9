import { createLogger } from '@billingrails/log';
import type { TestServers } from '@billingrails/testing';
import { connectBus, type Bus } from '../connect';

/** Connects without a word in the log. */
export function connectTestBus({ natsUrl }: TestServers): Promise<Bus> {
  const logger = createLogger({ service: 'test', level: 'silent' });
  return connectBus({ url: natsUrl, name: 'test', logger });
}
