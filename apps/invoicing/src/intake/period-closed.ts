import {
  BILLING,
  consumeDurable,
  type Bus,
  type Consumption,
  type DeliveredMessage,
} from '@billingrails/bus';
import type { Logger } from '@billingrails/log';
import type { Stores } from '../store/stores';
import { explanationOf, invoiceMessage, isRefusal } from './invoice-message';

const PERIOD_CLOSED = 'billing.period_closed';

/** What the consumer works with. */
export interface PeriodClosedParts {
  readonly stores: Stores;
  readonly logger: Logger;
  /** The server's clock. */
  readonly nowMs: () => number;
}

/**
 * Issues an invoice for every closed period. A message is acknowledged when its invoice is durable. One that can never
 * be handled is kept in the quarantine with its reason, then ended and logged as an error by the bus; after a failure of the
 * infrastructure the message comes again.
 */
export function consumePeriodClosed(bus: Bus, parts: PeriodClosedParts): Promise<Consumption> {
  return consumeDurable(bus, {
    stream: BILLING.name,
    durable: 'invoicing',
    subject: PERIOD_CLOSED,
    logger: parts.logger,
    handler: (message) => handle(message, parts),
  });
}

async function handle(
  { subject, data }: DeliveredMessage,
  { stores, logger, nowMs }: PeriodClosedParts,
): Promise<void> {
  try {
    const { invoice, isNew } = await invoiceMessage(stores, data, nowMs);
    const { id: invoiceId, organisationId, number } = invoice;
    logger.info({ invoiceId, organisationId, number, isNew }, 'period invoiced');
  } catch (error) {
    if (isRefusal(error)) {
      const { reason } = error;
      const explanation = explanationOf(error);
      await stores.quarantine.add({ subject, data, reason, explanation, quarantineMs: nowMs() });
    }
    throw error;
  }
}
