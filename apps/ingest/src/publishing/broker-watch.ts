import type { Bus } from '@billingrails/bus';
import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';

export interface BrokerWatchOptions {
  /**
   * Resolves when the broker takes events and keeps them; throws DomainError while it is away, anything else for good.
   */
  readonly check: () => Promise<void>;
  /** Told of every change between a broker that works and one that does not. */
  readonly onChange: (works: boolean) => void;
  /** Told when the broker came back as one that would lose events. */
  readonly onUnfit: (error: unknown) => void;
  readonly logger: Logger;
}

/** Knows whether the broker takes events, so that health can tell. */
export interface BrokerWatch {
  /** Says that the broker did not answer, although the connection stands. */
  suspect(): void;
  close(): void;
}

const CHECK_INTERVAL_MS = 250;

/**
 * Takes the broker for working until the connection is lost or it is suspected, then checks until it works again. It is
 * checked anew because what comes back need not be what went: another server, or other settings.
 */
export function watchBroker(bus: Bus, options: BrokerWatchOptions): BrokerWatch {
  let recovering: NodeJS.Timeout | undefined;
  let closed = false;

  function suspect(): void {
    if (recovering !== undefined || closed) return;
    options.onChange(false);
    checkLater();
  }

  function checkLater(): void {
    recovering = setTimeout(() => void checkNow(), CHECK_INTERVAL_MS);
  }

  async function checkNow(): Promise<void> {
    try {
      await options.check();
    } catch (error) {
      if (closed) return;
      if (error instanceof DomainError) return checkLater();
      options.logger.fatal({ err: error }, 'the broker came back unfit');
      return options.onUnfit(error);
    }
    recovering = undefined;
    if (!closed) options.onChange(true);
  }

  const forget = bus.onDisconnect(suspect);
  return {
    suspect,
    close() {
      closed = true;
      clearTimeout(recovering);
      forget();
    },
  };
}
