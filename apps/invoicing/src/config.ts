import { logLevel, port, url } from '@billingrails/config';
import { z } from 'zod';

/** The environment that invoicing reads. */
export const configSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port().default(7004),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('invoicing'),
  NATS_URL: url('nats', 'tls'),
  LOG_LEVEL: logLevel().default('info'),
});
