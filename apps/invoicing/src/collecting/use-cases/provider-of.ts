import { precondition, unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import type { Sealing } from '@billingrails/service';
import type { Stores } from '../../store/stores';
import type { Connection } from '../domain/connection';
import { ProviderRefusal, ProviderSilence, type PaymentProvider } from '../domain/payment-provider';
import type { OpenProvider } from '../stripe/stripe-provider';

/** What collecting needs. */
export interface CollectingParts {
  readonly stores: Stores;
  /** The server's clock. */
  readonly nowMs: () => number;
  readonly logger: Logger;
  readonly openProvider: OpenProvider;
  /** Unset: no secrets are kept, so nobody is connected. */
  readonly sealing?: Sealing;
}

/** An organisation's account at the provider, opened. */
export interface OpenConnection {
  readonly connection: Connection;
  readonly provider: PaymentProvider;
  readonly webhookSecret: string;
}

/** Undefined where nothing is connected. Throws where its secrets cannot be unsealed. */
export async function openConnection(
  { stores, sealing, openProvider }: CollectingParts,
  organisationId: OrganisationId,
): Promise<OpenConnection | undefined> {
  const connection = await stores.connections.find(organisationId);
  if (connection === undefined) return undefined;
  if (sealing === undefined) throw secretsNotKept();
  const secretKey = sealing.open(connection.secretKey, secretPlace(organisationId, 'secret_key'));
  const webhookSecret = sealing.open(
    connection.webhookSecret,
    secretPlace(organisationId, 'webhook_secret'),
  );
  return { connection, provider: openProvider(secretKey), webhookSecret };
}

/** For a request that needs it: refuses it where nothing is connected. */
export async function requireConnection(
  parts: CollectingParts,
  organisationId: OrganisationId,
): Promise<OpenConnection> {
  const open = await openConnection(parts, organisationId);
  if (open === undefined)
    throw precondition('STRIPE_NOT_CONNECTED', 'The organisation has connected no Stripe account.');
  return open;
}

/** Where a secret lies: it cannot be unsealed as another's. */
export function secretPlace(
  organisationId: OrganisationId,
  what: 'secret_key' | 'webhook_secret',
): string {
  return `provider_connections/${organisationId}/${what}`;
}

export function secretsNotKept(): Error {
  return precondition('SECRETS_NOT_KEPT', 'Invoicing has no SECRETS_KEYS, so it keeps no secrets.');
}

const RETRY_AFTER_MS = 2_000;

/** A call to the provider on behalf of a caller, who is told why it gave nothing. */
export async function forCaller<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ProviderRefusal)
      throw precondition('STRIPE_REFUSED', `Stripe refuses it: ${error.failure.message}`);
    if (error instanceof ProviderSilence)
      throw unavailable('STRIPE_UNAVAILABLE', error.message, RETRY_AFTER_MS, error);
    throw error;
  }
}
