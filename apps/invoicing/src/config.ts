import { url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

/** The environment that invoicing reads. */
export const configSchema = z.object({
  ...serviceSettings(7004),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('invoicing'),
  NATS_URL: url('nats', 'tls'),
});
