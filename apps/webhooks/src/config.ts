import { durationMs, integer, sealingKeys, url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

/** The environment that webhooks reads. */
export const configSchema = z.object({
  ...serviceSettings(7005),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('webhooks'),
  NATS_URL: url('nats', 'tls'),
  /** What secrets of endpoints are sealed with in the database: the first seals, all open. */
  SECRETS_KEYS: sealingKeys(),
  /** How long a post may take, from its beginning to the end of the answer. */
  DELIVERY_TIMEOUT_MS: durationMs(100, 60_000).default(15_000),
  /** How many posts to one endpoint are under way at once. */
  ENDPOINT_CONCURRENCY: integer(1, 100).default(10),
  /** Whether endpoints may be on this machine, also without TLS: for development and tests alone. */
  LOOPBACK_ENDPOINTS: z
    .enum(['allowed', 'refused'], { error: 'must be allowed or refused' })
    .default('refused')
    .transform((word) => word === 'allowed'),
});
