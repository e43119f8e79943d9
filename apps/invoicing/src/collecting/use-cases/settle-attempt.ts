import { derivedIdAt } from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import { bookPayment } from '../../payments/use-cases/record-payment';
import { openOf } from '../../receivables/domain/receivable';
import { markUncollectible } from '../../receivables/use-cases/end-receivable';
import { effectiveFor } from '../../settings/store/invoicing-settings';
import type { Stores } from '../../store/stores';
import {
  afterFailure,
  ended,
  isOpen,
  type Collection,
  type PaymentAttempt,
} from '../domain/collection';
import { attemptFailed, collectionExhausted } from '../contract/collecting-changed';
import type { PaymentFailure } from '../domain/payment-provider';
import { tell } from './tell';

/** What stands as the method of payments that are taken by themselves. */
const METHOD = 'Stripe';

/**
 * Books what an attempt brought, once: it pays the invoice as far as it is open by now; what is more goes to the
 * account's balance.
 */
export async function settleSucceeded(
  stores: Stores,
  session: ClientSession,
  { organisationId, id, heard }: PaymentAttempt,
  { received, intentId }: { readonly received: Money; readonly intentId: string },
  nowMs: number,
): Promise<void> {
  const { attempts, collections, receivables, testClocks } = stores;
  const attempt = await attempts.find(organisationId, id, session);
  if (attempt === undefined || !isOpen(attempt)) return;
  const { accountId, invoiceId } = attempt;
  const receivable = await receivables.find(organisationId, invoiceId, session);
  const payment = await bookPayment(
    stores,
    session,
    {
      ...{ id: derivedIdAt('pmt', attempt.createMs, id), organisationId, accountId },
      ...{ amount: received, method: METHOD, reference: intentId, attemptId: id },
      ...{ receiveMs: await testClocks.present(organisationId, session), createMs: nowMs },
    },
    receivable === undefined ? [] : [receivable],
  );
  const { problem: _problem, failure: _failure, ...known } = attempt;
  const succeeded = { ...known, state: 'succeeded', intentId, paymentId: payment.id } as const;
  const askMs = attempt.heard === heard ? undefined : nowMs;
  await attempts.replace({ ...succeeded, asks: 0 }, askMs, session);
  const collection = await collections.find(organisationId, invoiceId, session);
  if (collection !== undefined) await collections.replace(ended(collection), session);
}

/** Notes that an attempt took nothing, and what comes next, once. */
export async function settleFailed(
  stores: Stores,
  session: ClientSession,
  { organisationId, id }: PaymentAttempt,
  failure: PaymentFailure,
): Promise<void> {
  const before = await stores.attempts.find(organisationId, id, session);
  if (before === undefined || !isOpen(before)) return;
  const { problem: _problem, ...known } = before;
  const attempt: PaymentAttempt = { ...known, state: 'failed', failure, asks: 0 };
  await stores.attempts.replace(attempt, undefined, session);
  await attemptEnded(stores, session, attempt);
}

/** Tells that an attempt took nothing, and lets follow what does. */
export async function attemptEnded(
  stores: Stores,
  session: ClientSession,
  attempt: PaymentAttempt,
  current?: Collection,
): Promise<void> {
  const { organisationId, invoiceId } = attempt;
  await tell(stores, session, attempt, (when) => [attemptFailed(attempt, when)]);
  const collection = current ?? (await stores.collections.find(organisationId, invoiceId, session));
  if (collection !== undefined) await collectionFailed(stores, session, collection, attempt);
}

/**
 * What follows a failed attempt, as the settings say now. The next is counted from the present; by a test clock, which
 * jumps, from when the attempt fell due, so that each has its day however far the clock is moved.
 */
async function collectionFailed(
  stores: Stores,
  session: ClientSession,
  collection: Collection,
  { dueMs }: PaymentAttempt,
): Promise<void> {
  const { organisationId, invoiceId } = collection;
  const { collections, receivables, testClocks } = stores;
  const receivable = await receivables.find(organisationId, invoiceId, session);
  const isOver =
    receivable === undefined || receivable.end !== undefined || openOf(receivable) === 0n;
  if (isOver) return collections.replace(ended(collection), session);
  const settings = await effectiveFor(stores.settings, collection, session);
  const fromMs = (await testClocks.has(organisationId, session))
    ? dueMs
    : await testClocks.present(organisationId, session);
  const next = afterFailure(collection, settings, fromMs);
  await collections.replace(next, session);
  if (next.state !== 'exhausted') return;
  await tell(stores, session, next, (when) => [collectionExhausted(next, when)]);
  if (settings.afterRetries === 'leave_open') return;
  const reason = 'The last attempt to collect it has failed.';
  await markUncollectible(stores, session, organisationId, { invoiceId, reason });
}
