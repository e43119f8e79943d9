import { invoiceMessages, isRefusal, type IntakeParts } from './invoice-messages';

/**
 * Tries every quarantined message once more; those that can be handled now leave the quarantine with their invoice. Run
 * at start, so a version that mends the fault needs no further step.
 */
export async function retryQuarantine({ stores, logger, nowMs }: IntakeParts): Promise<void> {
  for await (const message of stores.quarantine.all()) {
    const [intake] = await invoiceMessages(stores, [message.data], nowMs);
    if (intake === undefined || !('error' in intake)) {
      await stores.quarantine.remove(message);
      const { id: invoiceId, status } =
        intake !== undefined && 'invoice' in intake ? intake.invoice : {};
      logger.info({ invoiceId, status }, 'quarantined bill handled');
      continue;
    }
    if (!isRefusal(intake.error)) throw intake.error;
    const { reason, quarantineMs } = message;
    logger.warn({ reason, quarantineMs }, 'quarantined message still cannot be handled');
  }
}
