import { durationMs, sealingKeys, secret, url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

/** The environment that invoicing reads. */
export const configSchema = z.object({
  ...serviceSettings(7004),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('invoicing'),
  NATS_URL: url('nats', 'tls'),
  /** The key of an account with Stripe Tax, for organisations that have their taxes from it. Unset: none can. */
  STRIPE_TAX_KEY: secret().optional(),
  /** Where its API is. */
  STRIPE_URL: url('https', 'http').default('https://api.stripe.com'),
  /** After that a question for taxes has no answer, and is asked again. */
  TAX_TIMEOUT_MS: durationMs(100, 60_000).default(5_000),
  /** After that a call of Stripe to take or to look after money has no answer, and is asked about again. */
  STRIPE_TIMEOUT_MS: durationMs(100, 60_000).default(20_000),
  /** What organisations' secrets are sealed with. Unset: none are kept. */
  SECRETS_KEYS: sealingKeys().optional(),
  /** The key that invoicing shows to billing and metering. */
  SERVICE_KEY: secret(),
  BILLING_URL: url('dns').default('dns:///127.0.0.1:7003'),
  METERING_URL: url('dns').default('dns:///127.0.0.1:7002'),
});
