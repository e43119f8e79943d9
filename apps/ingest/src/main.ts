import { followAccessKeys } from '@billingrails/access';
import {
  AUDIT,
  assertDurable,
  connectBus,
  ensureStream,
  EVENTS,
  partitionsOf,
} from '@billingrails/bus';
import { eventsStreamOptions } from '@billingrails/config';
import { defaultLimits, runService } from '@billingrails/service';
import { configSchema, durabilityOptions } from './config';
import { followEventDefinitions } from './consumer/event-definitions';
import { SERVICES, startIngest } from './start-ingest';

void runService({
  name: 'ingest',
  schema: configSchema,
  services: SERVICES,

  async connect({ config, logger, open }) {
    // The broker; and before anything is taken, that it keeps what it acknowledges.
    const { NATS_URL: url } = config;
    const bus = await open('NATS', () => connectBus({ url, name: 'ingest', logger }));
    await ensureStream(bus, EVENTS, eventsStreamOptions(config));
    await ensureStream(bus, AUDIT);
    const checkBroker = () => assertDurable(bus, durabilityOptions(config));
    await checkBroker();

    // What every call needs, followed from the bus, so that a call does no I/O before its commit.
    const keys = await open('NATS', () => followAccessKeys(bus, logger, defaultLimits(config)));
    const followed = await open('NATS', () => followEventDefinitions(bus, logger));
    return {
      ...{ bus, checkBroker },
      authenticate: keys.authenticate,
      definitions: followed.definitions,
      partitions: await partitionsOf(bus),
    };
  },

  serve: ({ config, logger, stop }, connections) =>
    startIngest({ ...connections, config, logger, onUnfit: () => stop(1) }),
});
