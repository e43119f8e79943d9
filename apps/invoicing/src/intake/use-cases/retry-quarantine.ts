import { invoiceMessage, isRefusal, type IntakeParts } from './invoice-message';

/**
 * Tries every quarantined message once more; those that can be handled now leave the quarantine with their invoice. Run
 * at start, so a version that mends the fault needs no further step.
 */
export async function retryQuarantine({ stores, logger, nowMs }: IntakeParts): Promise<void> {
  for await (const message of stores.quarantine.all()) {
    try {
      const issued = await invoiceMessage(stores, message.data, nowMs);
      await stores.quarantine.remove(message);
      const { id: invoiceId, number } = issued?.invoice ?? {};
      logger.info({ invoiceId, number }, 'quarantined bill handled');
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { reason, quarantineMs } = message;
      logger.warn({ reason, quarantineMs }, 'quarantined message still cannot be handled');
    }
  }
}
