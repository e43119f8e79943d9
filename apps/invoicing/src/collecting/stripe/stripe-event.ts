import Stripe from 'stripe';
import { z } from 'zod';

/** What a webhook event is about. */
export interface StripeEvent {
  readonly id: string;
  readonly type: string;
  /** Of payments, refunds and disputes. */
  readonly intentId?: string;
  /** Of a way to pay that was set up. */
  readonly setupId?: string;
}

/** How old an event may be, in seconds: an older one is somebody's who has overheard it. */
const TOLERANCE_S = 300;

const webhooks = Stripe.webhooks;
const object = z.object({
  id: z.string(),
  object: z.string(),
  payment_intent: z.union([z.string(), z.object({ id: z.string() }), z.null()]).optional(),
});

/**
 * Reads an event that Stripe sent to its endpoint. Undefined when it was not signed with the secret, or too long ago:
 * then nothing in it is to be believed. An event only says what to look at; what holds is asked for.
 */
export function readStripeEvent(
  body: Buffer,
  signature: string,
  { secret, nowMs }: { readonly secret: string; readonly nowMs: number },
): StripeEvent | undefined {
  let event: Stripe.Event;
  try {
    event = webhooks.constructEvent(body, signature, secret, TOLERANCE_S, undefined, nowMs);
  } catch {
    return undefined;
  }
  const { id, type } = event;
  const about = object.safeParse(event.data?.object).data;
  if (about === undefined) return { id, type };
  if (about.object === 'setup_intent') return { id, type, setupId: about.id };
  const intent = about.object === 'payment_intent' ? about.id : about.payment_intent;
  const intentId = typeof intent === 'string' ? intent : intent?.id;
  return { id, type, ...(intentId === undefined ? {} : { intentId }) };
}
