import { invalid, notFound, precondition } from '@billingrails/errors';
import { isAccountId, parseId, type IdSource, type OrganisationId } from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import { withPayment, type Receivable } from '../../receivables/domain/receivable';
import { existingReceivable } from '../../receivables/use-cases/existing';
import { openBalances } from '../../receivables/use-cases/open-balances';
import { tellPaid } from '../../receivables/use-cases/tell-paid';
import type { Stores } from '../../store/stores';
import { paymentChanged } from '../contract/payment-changed';
import {
  allocate,
  checkPayable,
  reversed,
  takenBack,
  toBalance,
  withDispute,
  type Payment,
  type PaymentDispute,
} from '../domain/payment';

/** A payment to be recorded. */
export interface PaymentDraft {
  readonly accountId: string;
  readonly amount: Money;
  /** Empty: all that the account has open. */
  readonly invoiceIds: readonly string[];
  /** Unset: now. */
  readonly receiveMs?: number;
  readonly method: string;
  readonly reference: string;
}

/** What recording needs beside the stores. */
export interface RecordParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  readonly nowMs: () => number;
}

/** Records a payment: what it pays, what goes to the balance, and the line of the statement, in one transaction. */
export async function recordPayment(
  { stores, ids, nowMs }: RecordParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: PaymentDraft,
): Promise<Payment> {
  const { accountId, amount, invoiceIds, method, reference } = draft;
  if (!isAccountId(accountId)) throw refused('account_id', 'must be the id of an account');
  const presentMs = await stores.testClocks.present(organisationId, session);
  const receiveMs = draft.receiveMs ?? presentMs;
  if (receiveMs > presentMs) throw refused('receive_time', 'must not be in the future');

  const { receivables } = stores;
  const open: Receivable[] = [];
  if (invoiceIds.length === 0)
    open.push(
      ...(await receivables.openOf(organisationId, accountId, amount.currencyCode, session)),
    );
  for (const id of invoiceIds)
    open.push(await existingReceivable(receivables, organisationId, id, session));
  checkPayable(open, accountId, amount);
  const received = {
    ...{ id: ids.next('pmt'), organisationId, accountId, amount, method, reference },
    ...{ receiveMs, createMs: nowMs() },
  };
  return bookPayment(stores, session, received, open);
}

/** What a payment is before it pays anything. */
export type ReceivedPayment = Omit<Payment, 'allocations' | 'refunded' | 'reversal' | 'disputes'>;

/** Lets a payment pay receivables in their order, and notes it with all that follows. Void ones are paid nothing. */
export async function bookPayment(
  stores: Stores,
  session: ClientSession,
  received: ReceivedPayment,
  open: readonly Receivable[],
): Promise<Payment> {
  const { receivables, balances, payments, accountEntries } = stores;
  const { organisationId, accountId, amount, receiveMs, reference } = received;
  const { allocations, paid } = allocate(amount, open);
  for (const receivable of paid) await receivables.replace(receivable, session);
  const payment: Payment = { ...received, allocations, refunded: 0n, disputes: [] };
  const owner = { organisationId, accountId, currencyCode: amount.currencyCode };
  const balance = await openBalances(balances, [owner], session);
  balance.set(owner, balance.of(owner) + toBalance(payment));
  await balances.replace(balance.changed(), session);
  await payments.insert(payment, session);
  const entry = { ...owner, atMs: receiveMs, causeId: payment.id, text: reference };
  await accountEntries.insert([{ ...entry, kind: 'payment', amount: -amount.minorUnits }], session);
  const isTest = await stores.testAccounts.isTest(owner, session);
  const occurMs = await stores.testClocks.present(organisationId, session);
  const when = { occurMs, createMs: payment.createMs };
  const recorded = paymentChanged('payment.recorded', payment, { ...when, isTest });
  await addToOutbox(stores.mongo.db, session, recorded);
  await tellPaid(stores, session, paid, { ...when, occasion: payment.id });
  return payment;
}

/** Takes back what a payment paid that was recorded by hand. */
export async function reversePayment(
  stores: Stores,
  session: ClientSession,
  organisationId: OrganisationId,
  { paymentId, reason }: { readonly paymentId: string; readonly reason: string },
): Promise<Payment> {
  const payment = await existingPayment(stores, organisationId, paymentId, session);
  if (payment.attemptId !== undefined)
    throw precondition('PAYMENT_COLLECTED', 'The payment was taken by Stripe. Refund it instead.');
  const atMs = await stores.testClocks.present(organisationId, session);
  const done = reversed(payment, { atMs, reason });
  await stores.payments.reverse(done, session);
  await takeBack(stores, session, done, { taken: takenBack(payment), atMs });
  return done;
}

/** A payment that a dispute takes back, or a part of it: what of it is taken, and the payment as it is then. */
export async function reverseDisputed(
  stores: Stores,
  session: ClientSession,
  before: Payment,
  dispute: PaymentDispute,
): Promise<Payment> {
  const taken = takenBack(before, dispute.amount.minorUnits);
  const disputed = withDispute(before, { ...dispute, lost: taken.minorUnits });
  await stores.payments.update(disputed, session);
  const atMs = await stores.testClocks.present(before.organisationId, session);
  if (before.reversal !== undefined) {
    // An earlier dispute has reversed it: this one takes more of it, where there is any.
    if (taken.minorUnits > 0n)
      await takeBack(stores, session, disputed, { taken, atMs, occasion: dispute.id });
    return disputed;
  }
  const done = reversed(disputed, { atMs, reason: `Dispute lost: ${dispute.reason}` });
  await stores.payments.reverse(done, session);
  await takeBack(stores, session, done, { taken, atMs });
  return done;
}

/** Opens again what a payment paid, as far as it is taken back, and tells of it. */
async function takeBack(
  stores: Stores,
  session: ClientSession,
  payment: Payment,
  {
    taken,
    atMs,
    occasion,
  }: {
    readonly taken: ReturnType<typeof takenBack>;
    readonly atMs: number;
    /** What tells it apart from the first reversal of the payment. Unset: it is the first. */
    readonly occasion?: string;
  },
): Promise<void> {
  const { receivables, balances, accountEntries } = stores;
  const { organisationId } = payment;
  for (const { invoiceId, minorUnits } of taken.allocations) {
    const receivable = await existingReceivable(receivables, organisationId, invoiceId, session);
    await receivables.replace(withPayment(receivable, -minorUnits), session);
  }
  const { accountId, amount, id: causeId, reference: text } = payment;
  const owner = { organisationId, accountId, currencyCode: amount.currencyCode };
  const balance = await openBalances(balances, [owner], session);
  balance.set(owner, balance.of(owner) - taken.fromBalance);
  await balances.replace(balance.changed(), session);
  const again = occasion === undefined ? {} : { occasion };
  const entry = { ...owner, ...again, atMs, causeId, text, amount: taken.minorUnits };
  await accountEntries.insert([{ ...entry, kind: 'payment_reversal' }], session);
  const isTest = await stores.testAccounts.isTest(owner, session);
  const when = { ...again, occurMs: atMs, createMs: stores.realMs(), isTest };
  const told = paymentChanged('payment.reversed', payment, when);
  await addToOutbox(stores.mongo.db, session, told);
}

/** The payment that a request names. Another organisation's looks exactly like none. */
export async function existingPayment(
  { payments }: Pick<Stores, 'payments'>,
  organisationId: OrganisationId,
  text: string,
  session?: ClientSession,
): Promise<Payment> {
  const id = parseId('pmt', text);
  const payment = id === undefined ? undefined : await payments.find(organisationId, id, session);
  if (payment === undefined) throw notFound('PAYMENT_NOT_FOUND', 'There is no payment of that id.');
  return payment;
}

function refused(field: string, description: string): Error {
  return invalid('PAYMENT_INVALID', 'The payment cannot be recorded.', [{ field, description }]);
}
