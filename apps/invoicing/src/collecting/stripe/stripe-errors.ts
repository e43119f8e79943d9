import Stripe from 'stripe';
import { ProviderRefusal, ProviderSilence } from '../domain/payment-provider';

/**
 * What an error of the library means for what was asked. Only an answer that says that nothing was done is a refusal;
 * a timeout, a lost connection and an error of the server leave it open. The key is in none of them.
 */
export function meaningOf(error: unknown): ProviderRefusal | ProviderSilence {
  if (!(error instanceof Stripe.errors.StripeError)) return new ProviderSilence('no_answer');
  const { statusCode, code, decline_code: declineCode, message, rawType } = error;
  // Not carried out, as another with the same key runs at this moment.
  if (statusCode === 409 || statusCode === 429 || code === 'lock_timeout')
    return new ProviderSilence('busy');
  if (statusCode === 401 || statusCode === 403) return new ProviderSilence('key_refused');
  if (statusCode === undefined) return new ProviderSilence('no_answer');
  if (statusCode >= 500 || rawType === 'idempotency_error') return new ProviderSilence('failing');
  return new ProviderRefusal({
    code: declineCode ?? code ?? 'refused',
    message: message.slice(0, MESSAGE_LENGTH_MAX),
  });
}

const MESSAGE_LENGTH_MAX = 500;
