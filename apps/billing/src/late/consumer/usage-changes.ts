import { consumeDurable, METERING, untilConsumed, type Bus } from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import { USAGE_CHANGED_SUBJECT, usageChangeFromBytes } from '../contract/usage-changed';
import { markChanged, type MarkParts } from '../use-cases/mark-changed';

/** Names billing's place in the stream; replicas share it. */
const DURABLE = 'billing';
/** How long a bill waits until what has changed is marked. */
const HEARD_TIMEOUT_MS = 10_000;

/** Follows what metering tells. */
export interface UsageChanges {
  /** Resolves when all that was told before the call is marked, by whichever replica. */
  heard(signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Starts marking what metering tells of. */
export async function followUsageChanges(
  bus: Bus,
  parts: MarkParts,
  logger: Logger,
): Promise<UsageChanges> {
  const { name: stream } = METERING;
  const consumption = await consumeDurable(bus, {
    ...{ stream, durable: DURABLE, subject: USAGE_CHANGED_SUBJECT, logger },
    handler: ({ data }) => markChanged(parts, usageChangeFromBytes(data)),
  });
  return {
    heard: (signal) =>
      untilConsumed(bus, {
        ...{ stream, durable: DURABLE, timeoutMs: HEARD_TIMEOUT_MS },
        ...(signal === undefined ? {} : { signal }),
      }),
    close: () => consumption.close(),
  };
}
