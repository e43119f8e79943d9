import { derivedIdAt, type OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { openOf } from '../../receivables/domain/receivable';
import type { Stores } from '../../store/stores';
import { attempting, ended, type Collection, type PaymentAttempt } from '../domain/collection';
import type { PaymentFailure } from '../domain/payment-provider';
import { takeable } from '../stripe/stripe-amount';
import type { CollectingParts } from './provider-of';
import { attemptEnded } from './settle-attempt';

/** Attempts that are begun before other work has its turn. */
const TOGETHER = 100;

/**
 * Begins the attempts that are due, by the real time or by test clocks. Tells whether there may be more. An attempt is
 * written before the provider is asked for anything; of two replicas one writes it.
 */
export async function startDueAttempts(parts: CollectingParts): Promise<boolean> {
  const clocks = await parts.stores.testClocks.all();
  const allBut = clocks.map(({ organisationId }) => organisationId);
  let more = await startOver(parts, parts.nowMs(), { allBut });
  for (const { organisationId, currentMs } of clocks)
    more = (await startOver(parts, currentMs, organisationId)) || more;
  return more;
}

async function startOver(
  parts: CollectingParts,
  untilMs: number,
  of: OrganisationId | { readonly allBut: readonly OrganisationId[] },
): Promise<boolean> {
  const { stores, logger } = parts;
  const due = await stores.collections.due(untilMs, of, TOGETHER);
  for (const { organisationId, invoiceId } of due) {
    try {
      await inTransaction(stores.mongo, async (session) => {
        const collection = await stores.collections.find(organisationId, invoiceId, session);
        if (collection?.state !== 'due' || (collection.nextMs ?? Infinity) > untilMs) return;
        await startAttempt(parts, session, collection);
      });
    } catch (error) {
      // It keeps no other waiting, and is due at the next look.
      logger.warn({ err: error, organisationId, invoiceId }, 'the attempt could not be begun');
    }
  }
  return due.length === TOGETHER;
}

async function startAttempt(
  { stores, nowMs }: CollectingParts,
  session: ClientSession,
  due: Collection,
): Promise<void> {
  const { organisationId, accountId, invoiceId, invoiceNumber, nextMs: dueMs = 0 } = due;
  const { receivables, collections, attempts } = stores;
  const receivable = await receivables.find(organisationId, invoiceId, session);
  const isEnded = receivable?.end?.kind === 'uncollectible' && due.byHand !== true;
  if (receivable === undefined || isEnded || openOf(receivable) === 0n)
    return collections.replace(ended(due), session);
  const collection = attempting(due);
  const createMs = nowMs();
  const open = { currencyCode: receivable.currencyCode, minorUnits: openOf(receivable) };
  const common = {
    ...{ organisationId, accountId, invoiceId, invoiceNumber, dueMs, createMs },
    ...{ asks: 0, heard: 0 },
    id: derivedIdAt('pat', createMs, invoiceId, String(collection.attempts)),
    number: collection.attempts,
    amount: takeable(open),
  };
  const sentTo = await recipientOf(stores, session, due);
  if ('code' in sentTo) {
    const attempt: PaymentAttempt = { ...common, state: 'failed', failure: sentTo };
    await attempts.insert(attempt, undefined, session);
    return attemptEnded(stores, session, attempt, collection);
  }
  await attempts.insert({ ...common, state: 'started', sentTo }, createMs, session);
  await collections.replace(collection, session);
}

/** To whom an attempt is sent, or why it is not. */
async function recipientOf(
  { connections, paymentCustomers }: Stores,
  session: ClientSession,
  { organisationId, accountId, isTest }: Collection,
): Promise<NonNullable<PaymentAttempt['sentTo']> | PaymentFailure> {
  const connection = await connections.find(organisationId, session);
  if (connection === undefined)
    return { code: 'not_connected', message: 'The organisation has connected no Stripe account.' };
  if (isTest === true && connection.isLive)
    return { code: 'test_account', message: 'Test accounts pay with a test key of Stripe only.' };
  const customer = await paymentCustomers.find(organisationId, accountId, session);
  if (customer?.paymentMethodId === undefined)
    return { code: 'no_payment_method', message: 'The account has set up nothing to pay with.' };
  const { providerAccountId, isLive } = connection;
  const { customerId, paymentMethodId } = customer;
  return { providerAccountId, isLive, customerId, paymentMethodId };
}
