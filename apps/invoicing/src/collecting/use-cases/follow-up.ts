import type { ChangeType } from '@billingrails/bus';
import { derivedIdAt } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { DAY_MS } from '@billingrails/time';
import type { ClientSession } from 'mongodb';
import { paymentChanged } from '../../payments/contract/payment-changed';
import { withDispute, type Payment, type PaymentDispute } from '../../payments/domain/payment';
import {
  bookPayment,
  existingPayment,
  reverseDisputed,
} from '../../payments/use-cases/record-payment';
import type { Stores } from '../../store/stores';
import type { PaymentAttempt } from '../domain/collection';
import {
  ProviderRefusal,
  ProviderSilence,
  type PaymentFailure,
  type PaymentProvider,
  type ProviderDispute,
  type ProviderRefund,
} from '../domain/payment-provider';
import type { Refund } from '../domain/refund';
import type { CollectingParts } from './provider-of';
import { bookRefund, refundFailed } from './refund-payment';
import { tell, tellRefund } from './tell';

/** What a provider says of what it took. */
interface Afterwards {
  readonly refunds: readonly ProviderRefund[];
  /** Of refunds that it does not make, by their id. */
  readonly refusals: ReadonlyMap<string, PaymentFailure>;
  readonly disputes: readonly ProviderDispute[];
}

/**
 * Looks after money that was taken: has refunds made that were asked for, and takes over what became of these, of
 * refunds that were made at the provider, and of disputes. What holds is asked, in whatever order it is heard of.
 */
export async function followUp(
  { stores, nowMs }: CollectingParts,
  provider: PaymentProvider,
  attempt: PaymentAttempt,
): Promise<void> {
  const { organisationId, id, intentId } = attempt;
  if (intentId === undefined || attempt.state === 'failed') {
    // Nothing comes after what took nothing.
    const { mongo, attempts } = stores;
    return inTransaction(mongo, (session) => attempts.replace(attempt, undefined, session));
  }
  const refunds = await provider.refunds(intentId);
  const refusals = new Map<string, PaymentFailure>();
  for (const refund of await stores.refunds.ofAttempt(organisationId, id)) {
    const isThere = refunds.some(({ refundId }) => refundId === refund.id);
    if (refund.state !== 'started' || isThere) continue;
    try {
      const made = { refundId: refund.id, intentId, amount: refund.amount };
      refunds.push(await provider.refund(made, refund.turn ?? 0));
    } catch (error) {
      // It is over, and next it is asked whether it was made. One that was not answered may still be carried out.
      if (error instanceof ProviderSilence && error.problem === 'failing')
        await stores.refunds.nextTurn(refund);
      if (!(error instanceof ProviderRefusal)) throw error;
      refusals.set(refund.id, error.failure);
    }
  }
  const disputes = await provider.disputes(intentId);
  await inTransaction(stores.mongo, async (session) => {
    const current = await stores.attempts.find(organisationId, id, session);
    if (current?.paymentId === undefined) return;
    const payment = await existingPayment(stores, organisationId, current.paymentId, session);
    const known = { refunds, refusals, disputes };
    const isOver = await takeOver(stores, session, payment, known, nowMs());
    const { problem: _problem, ...rest } = current;
    // An event that was not delivered is made up for.
    const laterMs = isOver ? undefined : nowMs() + DAY_MS;
    const askMs = current.heard === attempt.heard ? laterMs : nowMs();
    await stores.attempts.replace({ ...rest, asks: 0 }, askMs, session);
  });
}

/** Tells whether nothing more is to come of itself. */
async function takeOver(
  stores: Stores,
  session: ClientSession,
  before: Payment,
  { refunds, refusals, disputes }: Afterwards,
  nowMs: number,
): Promise<boolean> {
  let payment = before;
  let isOver = true;
  const { organisationId, attemptId } = before;
  if (attemptId === undefined) return true;
  const own = await stores.refunds.ofAttempt(organisationId, attemptId, session);
  for (const refund of own) {
    const found = refunds.find((each) => isOf(each, refund));
    const failure = refusals.get(refund.id);
    if (found === undefined && failure === undefined) {
      // Asked for meanwhile.
      isOver &&= refund.state !== 'started';
      continue;
    }
    const state = found?.state ?? 'failed';
    isOver &&= state !== 'pending';
    const why = failure ?? found?.failure;
    const providerRefundId = found?.id;
    const now: Refund = {
      ...{ ...refund, state },
      ...(providerRefundId !== undefined && { providerRefundId }),
      ...(why !== undefined && state === 'failed' && { failure: why }),
    };
    if (refund.state === now.state && refund.providerRefundId === providerRefundId) continue;
    await stores.refunds.replace(now, session);
    if (state === 'failed' && refund.state !== 'failed')
      payment = await refundFailed(stores, session, payment, now);
    if (state !== refund.state) await tellRefund(stores, session, now);
  }
  for (const found of refunds) {
    if (own.some((refund) => isOf(found, refund)) || found.state === 'failed') continue;
    isOver &&= found.state !== 'pending';
    const refund: Refund = {
      ...{ id: derivedIdAt('rfd', found.createMs, found.id), organisationId, attemptId },
      ...{ accountId: payment.accountId, paymentId: payment.id, amount: found.amount },
      ...{ reason: '', state: found.state, providerRefundId: found.id, createMs: nowMs },
      refundMs: await stores.testClocks.present(organisationId, session),
    };
    payment = await bookRefund(stores, session, payment, refund);
  }
  // Each is one of its own: a payment may be disputed again, and one of several be decided at any time.
  const inOrder = [...disputes].reverse().sort((a, b) => a.createMs - b.createMs);
  for (const dispute of inOrder) {
    payment = await takeOverDispute(stores, session, payment, dispute, nowMs);
    isOver &&= dispute.state !== 'open';
  }
  return isOver;
}

function isOf({ id, refundId }: ProviderRefund, refund: Refund): boolean {
  return refundId === refund.id || id === refund.providerRefundId;
}

const DISPUTE_STATES: Record<ProviderDispute['state'], PaymentDispute['state']> = {
  open: 'opened',
  won: 'won',
  lost: 'lost',
};

/**
 * A payment that was lost is taken back as far as it was disputed; what was paid back before stays so. One that is won
 * afterwards stays taken back: what comes back is a payment of its own. The payment as it is then.
 */
async function takeOverDispute(
  stores: Stores,
  session: ClientSession,
  payment: Payment,
  { id, state: found, amount, reason, createMs: openMs }: ProviderDispute,
  nowMs: number,
): Promise<Payment> {
  const state = DISPUTE_STATES[found];
  const known = payment.disputes.find((each) => each.id === id);
  if (known?.state === state) return payment;
  const dispute: PaymentDispute = { ...known, id, state, amount, reason, openMs };
  let disputed = withDispute(payment, dispute);
  if (state === 'lost' && known?.lost === undefined)
    disputed = await reverseDisputed(stores, session, payment, dispute);
  else await stores.payments.update(disputed, session);
  if (state === 'won' && known?.state === 'lost')
    await bookReturned(stores, session, disputed, dispute, nowMs);
  const type = TOLD[state];
  await tell(stores, session, payment, (when) => [
    paymentChanged(type, disputed, { ...when, occasion: id }, id),
  ]);
  return disputed;
}

const TOLD = {
  opened: 'payment.disputed',
  won: 'payment.dispute_won',
  lost: 'payment.dispute_lost',
} as const satisfies Record<PaymentDispute['state'], ChangeType>;

/** Books what a dispute took that is won after it was lost: it pays the same invoices, as far as they are open. */
async function bookReturned(
  stores: Stores,
  session: ClientSession,
  { organisationId, accountId, id, amount, method, allocations }: Payment,
  dispute: PaymentDispute,
  nowMs: number,
): Promise<void> {
  const minorUnits = dispute.lost ?? 0n;
  if (minorUnits === 0n) return;
  const ids = allocations.map(({ invoiceId }) => invoiceId);
  const found = await stores.receivables.findMany(organisationId, ids, session);
  await bookPayment(
    stores,
    session,
    {
      ...{ id: derivedIdAt('pmt', nowMs, id, dispute.id), organisationId, accountId },
      ...{ amount: { ...amount, minorUnits }, method, reference: dispute.id },
      receiveMs: await stores.testClocks.present(organisationId, session),
      createMs: nowMs,
    },
    ids.flatMap((invoiceId) => found.get(invoiceId) ?? []),
  );
}
