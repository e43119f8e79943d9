import { durationMs, integer, url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

const KEY_BYTES = 32;
const KEYS_EXPECTED = `must be ${KEY_BYTES} random bytes in base64, such as \`openssl rand -base64 32\` writes; several with commas between`;

/** Keys with commas between, each 256 bits in base64. */
function keys() {
  return z
    .string({ error: KEYS_EXPECTED })
    .transform((text) => text.split(',').map((one) => Buffer.from(one.trim(), 'base64')))
    .refine((all) => all.every((key) => key.length === KEY_BYTES), { error: KEYS_EXPECTED });
}

/** The environment that webhooks reads. */
export const configSchema = z.object({
  ...serviceSettings(7005),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('webhooks'),
  NATS_URL: url('nats', 'tls'),
  /** What secrets of endpoints are sealed with in the database: the first seals, all open. */
  SECRETS_KEYS: keys(),
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
