import { invalid, notFound, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Stores } from '../../store/stores';
import type { Connection } from '../domain/connection';
import { ProviderRefusal, ProviderSilence } from '../domain/payment-provider';
import { forCaller, secretPlace, secretsNotKept, type CollectingParts } from './provider-of';

/** Asks whose account the key opens, and seals the keys. Changes nothing. */
export async function preparedConnection(
  { sealing, openProvider, nowMs }: CollectingParts,
  organisationId: OrganisationId,
  { secretKey, webhookSecret }: { readonly secretKey: string; readonly webhookSecret: string },
): Promise<Connection> {
  if (sealing === undefined) throw secretsNotKept();
  const account = await forCaller(() =>
    openProvider(secretKey)
      .account()
      .catch((error: unknown) => {
        const isNo =
          error instanceof ProviderRefusal ||
          (error instanceof ProviderSilence && error.problem === 'key_refused');
        throw isNo ? keyRefused() : error;
      }),
  );
  return {
    organisationId,
    providerAccountId: account.id,
    isLive: account.isLive,
    secretKey: sealing.seal(secretKey, secretPlace(organisationId, 'secret_key')),
    webhookSecret: sealing.seal(webhookSecret, secretPlace(organisationId, 'webhook_secret')),
    connectMs: nowMs(),
  };
}

/** Keeps a connection, in place of one to the same account. */
export async function keepConnection(
  { connections }: Stores,
  session: ClientSession,
  connection: Connection,
): Promise<void> {
  const before = await connections.find(connection.organisationId, session);
  const isSame =
    before === undefined ||
    (before.providerAccountId === connection.providerAccountId &&
      before.isLive === connection.isLive);
  if (!isSame)
    throw precondition(
      'STRIPE_ACCOUNT_DIFFERS',
      `The key opens ${connection.providerAccountId}, and ${before.providerAccountId} is connected.`,
    );
  await connections.replace(connection, session);
}

/** Forgets the connection and its customers, if there is one. */
export async function disconnect(
  { connections, paymentCustomers, attempts, refunds }: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
): Promise<void> {
  const isBusy =
    (await attempts.anyOpen(organisationId, session)) ||
    (await refunds.anyOpen(organisationId, session));
  if (isBusy)
    throw precondition('COLLECTION_UNDER_WAY', 'Attempts or refunds are under way. Wait for them.');
  await connections.delete(organisationId, session);
  await paymentCustomers.deleteAll(organisationId, session);
}

/** What is connected. */
export async function existingConnection(
  { connections }: Pick<Stores, 'connections'>,
  organisationId: OrganisationId,
  session?: ClientSession,
): Promise<Connection> {
  const connection = await connections.find(organisationId, session);
  if (connection === undefined)
    throw notFound('STRIPE_CONNECTION_NOT_FOUND', 'No account at Stripe is connected.');
  return connection;
}

function keyRefused(): Error {
  return invalid('STRIPE_KEY_REFUSED', 'Stripe does not take the key.', [
    { field: 'secret_key', description: 'must be a key that Stripe takes' },
  ]);
}
