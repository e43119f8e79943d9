import { invalid, precondition } from '@billingrails/errors';
import type { CreditNoteId, IdSource, OrganisationId } from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import { refundableOf, type Payment } from '../../payments/domain/payment';
import { existingPayment } from '../../payments/use-cases/record-payment';
import { openBalances } from '../../receivables/use-cases/open-balances';
import type { Stores } from '../../store/stores';
import type { Refund } from '../domain/refund';
import { takeableWithin } from '../stripe/stripe-amount';
import { tellRefund } from './tell';

/** What refunding needs beside the stores. */
export interface RefundParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  readonly nowMs: () => number;
}

/** Pays back of a payment what is on the account's balance: by whom it was taken, or noted as paid back by hand. */
export async function refundPayment(
  { stores, ids, nowMs }: RefundParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: { readonly paymentId: string; readonly amount?: Money; readonly reason: string },
): Promise<Refund> {
  const payment = await existingPayment(stores, organisationId, draft.paymentId, session);
  const { currencyCode } = payment.amount;
  const left = refundableOf(payment);
  const amount = draft.amount ?? { currencyCode, minorUnits: left };
  if (amount.currencyCode !== currencyCode)
    throw refused('currency_code', `must be ${currencyCode}`);
  if (amount.minorUnits > left || left === 0n)
    throw precondition('REFUND_EXCEEDS_PAYMENT', 'Less than that is left of the payment.');
  if (payment.attemptId !== undefined && takeableWithin(amount).minorUnits !== amount.minorUnits)
    throw refused('amount', `must be an amount of ${currencyCode} that Stripe pays back`);
  const owner = { organisationId, accountId: payment.accountId, currencyCode };
  const balance = await openBalances(stores.balances, [owner], session);
  if (amount.minorUnits > balance.of(owner))
    throw precondition('REFUND_EXCEEDS_BALANCE', 'Less than that is on the account’s balance.');
  const refund: Refund = {
    ...(await refundOf({ stores, ids, nowMs }, session, payment)),
    ...{ amount, reason: draft.reason },
  };
  await bookRefund(stores, session, payment, refund);
  await ask(stores, session, payment, nowMs());
  return refund;
}

/**
 * Pays back by themselves what a credit note refunds of an invoice, from the payments that paid it and were taken by
 * the provider, the newest first. What is more is paid back by hand, as the credit note says.
 */
export async function refundCreditNote(
  parts: RefundParts,
  session: ClientSession,
  creditNote: {
    readonly id: CreditNoteId;
    readonly organisationId: OrganisationId;
    readonly invoiceId: string;
    readonly currencyCode: string;
    readonly refunded: bigint;
    readonly reason: string;
  },
): Promise<void> {
  const { stores, nowMs } = parts;
  const { organisationId, invoiceId, currencyCode, reason, id: creditNoteId } = creditNote;
  let left = creditNote.refunded;
  if (left === 0n) return;
  const paid = await stores.payments.list(
    organisationId,
    { invoiceId, limit: PAYMENTS_MAX },
    session,
  );
  for (const payment of paid) {
    if (payment.attemptId === undefined) continue;
    const refundable = refundableOf(payment);
    const part = left < refundable ? left : refundable;
    const amount = takeableWithin({ currencyCode, minorUnits: part });
    if (amount.minorUnits <= 0n) continue;
    left -= amount.minorUnits;
    const refund: Refund = {
      ...(await refundOf(parts, session, payment)),
      ...{ amount, reason, creditNoteId },
    };
    await stores.refunds.insert(refund, session);
    const refunded = payment.refunded + amount.minorUnits;
    await stores.payments.update({ ...payment, refunded }, session);
    await ask(stores, session, payment, nowMs());
  }
}

/** An invoice has a handful of payments; of more the oldest are refunded by hand. */
const PAYMENTS_MAX = 100;

/** Notes a refund that is paid from the account's balance, which may fall below 0; the payment as it is then. */
export async function bookRefund(
  stores: Stores,
  session: ClientSession,
  payment: Payment,
  refund: Refund,
): Promise<Payment> {
  await stores.refunds.insert(refund, session);
  await book(stores, session, refund, 'refund', refund.amount.minorUnits);
  const refunded = { ...payment, refunded: payment.refunded + refund.amount.minorUnits };
  await stores.payments.update(refunded, session);
  await tellRefund(stores, session, refund);
  return refunded;
}

/** What was not paid back goes to the account's balance; the payment as it is then. */
export async function refundFailed(
  stores: Stores,
  session: ClientSession,
  payment: Payment,
  refund: Refund,
): Promise<Payment> {
  await book(stores, session, refund, 'refund_failure', -refund.amount.minorUnits);
  const refunded = { ...payment, refunded: payment.refunded - refund.amount.minorUnits };
  await stores.payments.update(refunded, session);
  return refunded;
}

/** `owed`: how much more is owed then, which the balance has less. */
async function book(
  { balances, accountEntries }: Stores,
  session: ClientSession,
  { id: causeId, organisationId, accountId, amount, refundMs: atMs, reason: text }: Refund,
  kind: 'refund' | 'refund_failure',
  owed: bigint,
): Promise<void> {
  const owner = { organisationId, accountId, currencyCode: amount.currencyCode };
  const balance = await openBalances(balances, [owner], session);
  balance.set(owner, balance.of(owner) - owed);
  await balances.replace(balance.changed(), session);
  await accountEntries.insert([{ ...owner, atMs, causeId, text, kind, amount: owed }], session);
}

async function refundOf(
  { stores, ids, nowMs }: RefundParts,
  session: ClientSession,
  { organisationId, accountId, id: paymentId, attemptId }: Payment,
): Promise<Omit<Refund, 'amount' | 'reason'>> {
  return {
    ...{ id: ids.next('rfd'), organisationId, accountId, paymentId, createMs: nowMs() },
    ...(attemptId === undefined ? { state: 'succeeded' } : { state: 'started', attemptId }),
    refundMs: await stores.testClocks.present(organisationId, session),
  };
}

/** Has the provider asked at once, which makes the refund. */
async function ask(
  { attempts }: Stores,
  session: ClientSession,
  { organisationId, attemptId: id }: Payment,
  nowMs: number,
): Promise<void> {
  if (id !== undefined) await attempts.hear(organisationId, { id }, nowMs, session);
}

function refused(field: string, description: string): Error {
  const violations = [{ field: field === 'amount' ? field : `amount.${field}`, description }];
  return invalid('AMOUNT_INVALID', 'The amount cannot be taken.', violations);
}
