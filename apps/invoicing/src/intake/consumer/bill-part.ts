import {
  BILLING,
  consumeDurable,
  type Bus,
  type Consumption,
  type DeliveredMessage,
} from '@billingrails/bus';
import {
  explanationOf,
  invoiceMessage,
  isRefusal,
  type IntakeParts,
} from '../use-cases/invoice-message';

const BILL_POSTED = 'billing.bill_posted';

/**
 * Issues an invoice for every bill. A message is acknowledged when its invoice, or its part of a bill, is durable. One
 * that can never be handled is kept in the quarantine with its reason, then ended and logged as an error by the bus;
 * after a failure of the infrastructure the message comes again.
 */
export function consumeBillPart(bus: Bus, parts: IntakeParts): Promise<Consumption> {
  return consumeDurable(bus, {
    stream: BILLING.name,
    durable: 'invoicing',
    subject: BILL_POSTED,
    logger: parts.logger,
    handler: (message) => handle(message, parts),
  });
}

async function handle(
  { subject, data }: DeliveredMessage,
  { stores, logger, nowMs }: IntakeParts,
): Promise<void> {
  try {
    const issued = await invoiceMessage(stores, data, nowMs);
    if (issued === undefined) return;
    const { id: invoiceId, organisationId, number } = issued.invoice;
    logger.info({ invoiceId, organisationId, number, isNew: issued.isNew }, 'bill invoiced');
  } catch (error) {
    if (isRefusal(error)) {
      const { reason } = error;
      const explanation = explanationOf(error);
      await stores.quarantine.add({ subject, data, reason, explanation, quarantineMs: nowMs() });
    }
    throw error;
  }
}
