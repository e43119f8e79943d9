import { parseId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { ProviderRefusal, ProviderSilence, type Setup } from '../domain/payment-provider';
import { readStripeEvent } from '../stripe/stripe-event';
import { usePaymentMethod } from './payment-methods';
import { openConnection, type CollectingParts } from './provider-of';

/** What came to an organisation's endpoint. */
export interface EventDelivery {
  readonly organisationId: string;
  readonly signature: string;
  /** As it came, byte by byte. */
  readonly body: Buffer;
}

/**
 * - taken: noted, now or before;
 * - unknown: there is no such endpoint;
 * - unsigned: it is not from the provider, or too old to be believed;
 * - later: it is to be sent again.
 */
export type Heard = 'taken' | 'unknown' | 'unsigned' | 'later';

/**
 * Hears an event: it says what to ask for, and is not believed any further, so that neither its order nor its age
 * matters. One that comes again does nothing.
 */
export async function hearEvent(
  parts: CollectingParts,
  { organisationId: text, signature, body }: EventDelivery,
): Promise<Heard> {
  const { stores, nowMs } = parts;
  const { mongo, providerEvents, attempts, paymentCustomers } = stores;
  const organisationId = parseId('org', text);
  const open = organisationId && (await openConnection(parts, organisationId));
  if (open === undefined || organisationId === undefined) return 'unknown';
  const receivedMs = nowMs();
  const event = readStripeEvent(body, signature, {
    secret: open.webhookSecret,
    nowMs: receivedMs,
  });
  if (event === undefined) return 'unsigned';
  const { intentId, setupId } = event;
  let setup: Setup | undefined;
  if (setupId !== undefined)
    try {
      setup = await open.provider.setup(setupId);
    } catch (error) {
      if (error instanceof ProviderSilence) return 'later';
      if (!(error instanceof ProviderRefusal)) throw error;
    }
  await inTransaction(mongo, async (session) => {
    const isNew = await providerEvents.note(organisationId, event, receivedMs, session);
    if (!isNew) return;
    if (intentId !== undefined)
      await attempts.hear(organisationId, { intentId }, receivedMs, session);
    if (setup?.state !== 'succeeded' || setup.paymentMethodId === undefined) return;
    const { customerId, paymentMethodId } = setup;
    const linked = await paymentCustomers.ofCustomer(organisationId, customerId, session);
    for (const customer of linked)
      await usePaymentMethod(stores, session, { ...customer, paymentMethodId });
  });
  return 'taken';
}
