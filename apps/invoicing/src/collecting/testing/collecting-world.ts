import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  PaymentAttempt,
  PaymentAttemptState,
  Refund,
  RefundState,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { PaymentAttemptState as AttemptState } from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { CollectionService } from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  CollectionMethod,
  type InvoicingSettingsSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import type { DisputeState } from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { derivedId } from '@billingrails/ids';
import { waitFor, type FakeStripe } from '@billingrails/testing';
import type { Document } from 'mongodb';
import { flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import type { Replica, World } from '../../testing/world';

export const usd = (amount: string) => ({ currencyCode: 'USD', amount });

/** An organisation that takes its invoices by the fake, and what tests ask of it. */
export type Collecting = Awaited<ReturnType<typeof collectingWorld>>;

interface Parts {
  readonly world: World;
  readonly replica: Replica;
  readonly stripe: FakeStripe;
}

/** Connects an organisation, and links its one account to a customer. */
export async function collectingWorld(parts: Parts, name: string) {
  const acme = collecting(parts, name);
  const { collections, accountId, webhookSecret } = acme;
  await acme.set({});
  await collections.connectStripe({ secretKey: parts.stripe.secretKey, webhookSecret });
  await collections.linkPaymentCustomer({ accountId, name: 'Fields', requestId: 'link' });
  /** The same by another replica. */
  return { ...acme, with: (replica: Replica) => collecting({ ...parts, replica }, name) };
}

function collecting({ world, replica, stripe }: Parts, name: string) {
  const organisationId = organisation(name);
  const accountId = 'acct_67890';
  const webhookSecret = `whsec_${organisationId}`;
  const collections = replica.client(CollectionService, organisationId);
  const payments = replica.client(PaymentService, organisationId);
  const receivables = replica.client(ReceivableService, organisationId);
  const settings = replica.client(InvoicingSettingsService, organisationId);
  const invoices = replica.as(organisationId);
  const collectionMethod = CollectionMethod.CHARGE_AUTOMATICALLY;
  const stored = world.mongo.db.collection<Document & { _id: string }>('payment_attempts');
  let bills = 0;

  const attempt = (invoiceId: string, ...states: PaymentAttemptState[]): Promise<PaymentAttempt> =>
    waitFor(
      async () => {
        const { attempts } = await collections.listPaymentAttempts({ invoiceId });
        return attempts.find(({ state }) => states.includes(state));
      },
      { what: `an attempt of ${invoiceId} in ${states.join(' or ')}` },
    );
  const event = (type: string, object: object, options: { atMs?: number; id?: string } = {}) =>
    stripe.event(type, object, { secret: webhookSecret, ...options });
  const post = async (body: string, signature: string): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    const url = `${replica.address}/webhooks/stripe/${organisationId}`;
    return (await fetch(url, { method: 'POST', headers, body })).status;
  };

  return {
    ...{ organisationId, accountId, webhookSecret, collections, payments, attempt, event, post },
    receivables,
    creditNotes: replica.client(CreditNoteService, organisationId),
    /** Changes some of the settings. */
    async set(changes: MessageInitShape<typeof InvoicingSettingsSchema>) {
      await settings.updateInvoicingSettings({ settings: { collectionMethod, ...changes } });
    },
    /** Sets up a way to pay. */
    async payBy(paymentMethodId: string) {
      const { setupId } = await collections.startPaymentMethodSetup({ accountId });
      stripe.books.completeSetup(setupId, paymentMethodId);
      await collections.completePaymentMethodSetup({ accountId, setupId });
    },
    /** One that asks for so much, finalized. */
    async invoice(amount: string, currencyCode = 'USD'): Promise<Invoice> {
      bills += 1;
      const billId = derivedId('bill', name, String(bills));
      const lines = [flatCharge('Fee', amount)];
      await world.publish(postedBill({ organisationId, billId, lines, currencyCode }));
      return waitFor(
        async () => {
          const { invoices: all } = await invoices.listInvoices({});
          return all.length === bills ? all[0] : undefined;
        },
        { what: 'the invoice' },
      );
    },
    async status(invoiceId: string) {
      const { invoice } = await invoices.getInvoice({ invoiceId });
      return invoice?.receivable?.paymentStatus;
    },
    /** The attempt that has an outcome. */
    settled: (invoiceId: string) => attempt(invoiceId, AttemptState.SUCCEEDED, AttemptState.FAILED),
    stored: (attemptId: string) => stored.findOne({ _id: attemptId }),
    /** Waits until nothing is asked about an attempt any more, or not for long. */
    quiet: (attemptId: string) =>
      waitFor(
        async () => {
          const doc = await stored.findOne({ _id: attemptId });
          const at = doc?.['askTime'] as Date | undefined;
          return at === undefined || at.getTime() > Date.now() + 3_600_000;
        },
        { what: 'nothing to be asked' },
      ),
    /** Waits for something while questions that would wait are asked at once. */
    async hurried<T>(wanted: () => Promise<T>): Promise<T> {
      const hurry = setInterval(() => {
        // Not those that a replica has just claimed, for five minutes.
        const fromNow = (seconds: number) => new Date(Date.now() + seconds * 1_000);
        const waiting = [{ askTime: { $lt: fromNow(250) } }, { askTime: { $gt: fromNow(301) } }];
        const filter = { organisationId, askTime: { $gt: fromNow(0) }, $or: waiting };
        stored.updateMany(filter, { $set: { askTime: new Date() } }).catch(() => undefined);
      }, 200);
      try {
        return await wanted();
      } finally {
        clearInterval(hurry);
      }
    },
    /** The payment's refunds, once all are so. */
    refunded: (paymentId: string, state: RefundState): Promise<Refund[]> =>
      waitFor(
        async () => {
          const { refunds } = await payments.listRefunds({ paymentId });
          return refunds.length > 0 && refunds.every((each) => each.state === state) && refunds;
        },
        { what: `refunds of ${paymentId} in ${state}` },
      ),
    disputed: (paymentId: string, state: DisputeState) =>
      waitFor(
        async () => (await payments.getPayment({ paymentId })).payment?.dispute?.state === state,
        { what: `a dispute in ${state}` },
      ),
    /** Sends an event as Stripe does; the status of the answer. */
    tell(type: string, object: object): Promise<number> {
      const { body, signature } = event(type, object);
      return post(body, signature);
    },
    /** What is open, on the balance, and owed; the list agrees with the statement. */
    async owed(): Promise<string[]> {
      const { rows } = await receivables.listAging({ accountId });
      const request = { accountId, currencyCode: 'USD' };
      const { closingAmount } = await receivables.getStatement(request);
      const [row] = rows;
      if ((row?.owed?.amount ?? '0.00') !== closingAmount?.amount)
        throw new Error(
          `The list says ${row?.owed?.amount}, the statement ${closingAmount?.amount}.`,
        );
      return [row?.open, row?.balance, row?.owed].map((money) => money?.amount ?? '0.00');
    },
  };
}
