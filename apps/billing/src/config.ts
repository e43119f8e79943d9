import { durationMs, integer, secret, url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';

/** The environment that billing reads. */
export const configSchema = z.object({
  ...serviceSettings(7003),
  MONGODB_URL: url('mongodb', 'mongodb+srv'),
  MONGODB_DATABASE: z.string().default('billing'),
  NATS_URL: url('nats', 'tls'),
  /** The key that billing shows to metering. */
  SERVICE_KEY: secret(),
  METERING_URL: url('dns').default('dns:///127.0.0.1:7002'),
  /** How long after its end a period of real time is closed: longer than any request may be under way. */
  CLOSE_SETTLE_MS: durationMs(0, 3_600_000).default(60_000),
  /**
   * How long usage may still arrive after its cycle has ended, by the organisation's clock: then the cycle is closed.
   * At least an hour, as metering does not tell that usage has changed which is younger than 50 minutes.
   */
  BILL_GRACE_MS: durationMs(3_600_000, 30 * 86_400_000).default(3_600_000),
  /** How many closed cycles can be adjusted: what changes in older ones is not billed any more. */
  BILL_ADJUST_CYCLES: integer(0, 120).default(12),
  /** Subscriptions of an organisation whose periods are closed together: one question, one transaction. */
  CLOSE_BATCH: integer(1, 1000).default(250),
  /** Such batches worked on at the same time, of real time and by test clocks each; of one organisation half. */
  CLOSE_CONCURRENCY: integer(1, 256).default(8),
  /** How often to look for what is due. */
  CLOSE_POLL_MS: durationMs(10, 60_000).default(1000),
  /** How long a replica keeps a subscription to itself; longer than closing takes. */
  CLOSE_CLAIM_MS: durationMs(1000, 600_000).default(30_000),
  /** How long to rest between two times of posting the credits of days that are over. */
  CREDIT_POST_MS: durationMs(1_000, 86_400_000).default(30_000),
  /**
   * How long a top-up rule rests after what is left was looked at: for what time alone changes, as usage is looked at
   * when it is counted.
   */
  TOP_UP_LOOK_MS: durationMs(1_000, 86_400_000).default(60_000),
  /**
   * How often a bill is tried before the others of its invoice go on without it: with 10, for some four minutes. What
   * cannot be made by then is an invoice by itself.
   */
  BILL_JOIN_TRIES: integer(1, 1000).default(10),
  /** How long to rest between two times of rating all closed cycles anew, in the background: nothing must differ. */
  BILL_SWEEP_MS: durationMs(60_000, 30 * 86_400_000).default(21_600_000),
  /**
   * How long an alert rests after all its accounts were looked at: for what time alone changes, as usage is looked at
   * when it is counted.
   */
  ALERT_LOOK_MS: durationMs(1_000, 86_400_000).default(60_000),
  /**
   * How long to rest between two looks at all accounts that events name, for the metrics of those that are not billed.
   */
  UNBILLED_SWEEP_MS: durationMs(1000, 86_400_000).default(600_000),
});

export type Config = z.output<typeof configSchema>;
