import { AUDIT, connectBus, ensureStream } from '@billingrails/bus';
import { url } from '@billingrails/config';
import { connectMongo } from '@billingrails/mongo';
import { runService, serviceSettings } from '@billingrails/service';
import { z } from 'zod';
import { consumeAuditRecorded } from '../consumer/audit-recorded';
import { openAuditStores } from '../store/stores';

const schema = z.object({
  ...serviceSettings(0),
  MONGODB_URL: url('mongodb'),
  NATS_URL: url('nats'),
});

/** A replica that keeps the log and does nothing else, so that it is quick to start and can be killed often. */
void runService({
  name: 'keeper',
  schema,
  services: [],
  async connect({ config, logger, open }) {
    const { MONGODB_URL, NATS_URL } = config;
    const database = 'access';
    const mongo = await open('MongoDB', () => connectMongo({ url: MONGODB_URL, database, logger }));
    const bus = await open('NATS', () => connectBus({ url: NATS_URL, name: 'keeper', logger }));
    await ensureStream(bus, AUDIT);
    return { mongo, bus };
  },
  serve: ({ logger }, { mongo, bus }) =>
    consumeAuditRecorded(bus, { stores: openAuditStores(mongo), logger }),
});
