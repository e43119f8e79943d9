import { url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

/** The environment that access reads. */
export const configSchema = z.object({
  ...serviceSettings(7006),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('access'),
  NATS_URL: url('nats', 'tls'),
  /** Whether the first start, with no organisation anywhere, makes one and prints a key to it on standard output. */
  FIRST_KEY: z
    .enum(['print', 'none'], { error: 'must be print or none' })
    .default('print')
    .transform((word) => word === 'print'),
});
