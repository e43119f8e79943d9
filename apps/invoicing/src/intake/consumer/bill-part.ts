import {
  BILLING,
  consumeDurableTogether,
  type Bus,
  type Consumption,
  type DeliveredMessage,
  type NotHandled,
} from '@billingrails/bus';
import {
  explanationOf,
  invoiceMessages,
  isRefusal,
  type IntakeParts,
} from '../use-cases/invoice-messages';

const BILL_POSTED = 'billing.bill_posted';
/** Bills that are made invoices in one transaction. */
const TOGETHER = 250;

/**
 * Issues an invoice for every bill, for those that have come in one transaction. A message is acknowledged when its
 * invoice, or its part of a bill, is durable. One that can never be handled is kept in the quarantine with its reason,
 * then ended and logged as an error by the bus; after a failure of the infrastructure the messages come again.
 */
export function consumeBillPart(bus: Bus, parts: IntakeParts): Promise<Consumption> {
  return consumeDurableTogether(bus, {
    stream: BILLING.name,
    durable: 'invoicing',
    subject: BILL_POSTED,
    together: TOGETHER,
    logger: parts.logger,
    handler: (messages) => handle(messages, parts),
  });
}

async function handle(
  messages: readonly DeliveredMessage[],
  { stores, logger, nowMs }: IntakeParts,
): Promise<(NotHandled | undefined)[]> {
  const data = messages.map((message) => message.data);
  const intakes = await invoiceMessages(stores, data, nowMs);
  const outcomes: (NotHandled | undefined)[] = [];
  for (const [index, message] of messages.entries()) {
    const intake = intakes[index];
    if (intake === undefined) continue;
    if ('invoice' in intake) {
      const { id: invoiceId, organisationId, status } = intake.invoice;
      logger.info({ invoiceId, organisationId, status, isNew: intake.isNew }, 'bill invoiced');
      continue;
    }
    if ('dropped' in intake) continue;
    const { error } = intake;
    outcomes[index] = { error };
    if (isRefusal(error)) {
      const { subject } = message;
      const { reason } = error;
      const explanation = explanationOf(error);
      const why = { reason, explanation, quarantineMs: nowMs() };
      await stores.quarantine.add({ subject, data: message.data, ...why });
    }
  }
  return outcomes;
}
