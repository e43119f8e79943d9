import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CreditNoteDisposition } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { PaymentStatus } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import {
  ReceivableService,
  StatementEntryKind,
} from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { failureOf } from '@billingrails/rpc/testing';
import { randomSeed, seededRandom } from '@billingrails/testing';
import { Code } from '@connectrpc/connect';
import { flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { pageText } from '../../testing/page-text';
import { pdfPages } from '../../testing/pdf-text';
import { planSummariesOf } from '../../testing/plan-summaries';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
const accountId = 'acct_67890';

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
  await world.mongo.db.command({ profile: 2 });
});

afterAll(() => world?.stop());

function clientsOf(id: OrganisationId) {
  return {
    invoices: replica.as(id),
    payments: replica.client(PaymentService, id),
    creditNotes: replica.client(CreditNoteService, id),
    receivables: replica.client(ReceivableService, id),
  };
}

type Clients = ReturnType<typeof clientsOf>;

const usd = (amount: string) => ({ currencyCode: 'USD', amount });

/** An organisation with invoices of so much, in this order. */
async function invoiced(name: string, ...amounts: string[]) {
  const id = organisation(name);
  for (const [index, amount] of amounts.entries()) {
    const billId = derivedId('bill', String(index));
    const lines = [flatCharge('Fee', amount)];
    await world.publish(postedBill({ organisationId: id, billId, lines }));
    await world.settled();
  }
  const clients = clientsOf(id);
  const { invoices } = await clients.invoices.listInvoices({});
  return { clients, invoices: invoices.reverse() };
}

/** The one of a place; there must be one. */
function at<T>(items: readonly T[], place: number): T {
  const item = items[place];
  assert(item !== undefined, `there is a thing at place ${place} of ${items.length}`);
  return item;
}

async function openOf({ invoices }: Clients): Promise<(string | undefined)[]> {
  const { invoices: all } = await invoices.listInvoices({});
  return all.reverse().map(({ receivable }) => receivable?.open?.amount);
}

/** What the aging list says that is open, on the balance, and owed; checked against the statement. */
async function owedOf({ receivables }: Clients): Promise<(string | undefined)[]> {
  const { rows } = await receivables.listAging({ accountId });
  const { closingAmount } = await receivables.getStatement({ accountId, currencyCode: 'USD' });
  const [row] = rows;
  expect(row?.owed?.amount ?? '0.00').toBe(closingAmount?.amount);
  return [row?.open?.amount, row?.balance?.amount, row?.owed?.amount];
}

test('a payment pays what is open, the first to become overdue first; what is left goes to the balance and the next invoice', async () => {
  const { clients } = await invoiced('oldest first', '20', '30');
  const request = { accountId, amount: usd('25'), reference: 'ref 1', requestId: 'one' };
  const { payment } = await clients.payments.recordPayment(request);
  expect(
    payment?.allocations.map(({ invoiceNumber, amount }) => [invoiceNumber, amount?.amount]),
  ).toEqual([
    ['INV-000001', '20.00'],
    ['INV-000002', '5.00'],
  ]);
  expect((await clients.payments.recordPayment(request)).payment).toEqual(payment);
  expect(await openOf(clients)).toEqual(['0.00', '25.00']);
  const { payment: over } = await clients.payments.recordPayment({ accountId, amount: usd('32') });
  expect(over).toMatchObject({ balanceAmount: usd('7.00') });
  expect(await owedOf(clients)).toEqual(['0.00', '7.00', '-7.00']);
  const lines = [flatCharge('Fee', '10')];
  const organisationId = organisation('oldest first');
  await world.publish(postedBill({ organisationId, billId: derivedId('bill', 'next'), lines }));
  await world.settled();
  const { invoices } = await clients.invoices.listInvoices({ pageSize: 1 });
  expect(invoices).toMatchObject([{ balanceApplied: usd('7.00'), amountDue: usd('3.00') }]);
  expect(await owedOf(clients)).toEqual(['3.00', '0.00', '3.00']);
  const { payments } = await clients.payments.listPayments({ accountId });
  expect(payments.map(({ amount }) => amount?.amount)).toEqual(['32.00', '25.00']);
  const invoiceId = payment?.allocations[0]?.invoiceId ?? '';
  const ofInvoice = await clients.payments.listPayments({ invoiceId });
  expect(ofInvoice.payments.map(({ reference }) => reference)).toEqual(['ref 1']);
});

test('a payment of named invoices pays these in their order; what cannot be paid is refused by field', async () => {
  const { clients, invoices } = await invoiced('named', '20', '30', '40');
  const { recordPayment } = clients.payments;
  const ids = [2, 0].map((place) => at(invoices, place).id);
  const { payment } = await recordPayment({ accountId, amount: usd('45'), invoiceIds: ids });
  expect(payment?.allocations.map(({ invoiceNumber }) => invoiceNumber)).toEqual([
    'INV-000003',
    'INV-000001',
  ]);
  expect(await openOf(clients)).toEqual(['15.00', '30.00', '0.00']);

  const first = [at(invoices, 0).id];
  const refusals = [
    [
      { accountId: 'other', amount: usd('1'), invoiceIds: first },
      'PAYMENT_INVALID',
      'invoice_ids[0]',
    ],
    [
      { accountId, amount: { currencyCode: 'EUR', amount: '1' }, invoiceIds: first },
      ...['PAYMENT_INVALID', 'invoice_ids[0]'],
    ],
    [{ accountId, amount: usd('0') }, 'AMOUNT_INVALID', 'amount.amount'],
    [{ accountId, amount: usd('1.005') }, 'AMOUNT_INVALID', 'amount.amount'],
    [{ accountId: ' ', amount: usd('1') }, 'PAYMENT_INVALID', 'account_id'],
    [
      { accountId, amount: usd('1'), receiveTime: { seconds: 9_999_999_999n } },
      ...['PAYMENT_INVALID', 'receive_time'],
    ],
  ] as const;
  for (const [request, reason, field] of refusals)
    expect(await failureOf(recordPayment(request as Parameters<typeof recordPayment>[0]))).toEqual({
      ...{ code: Code.InvalidArgument, reason, fields: [field] },
    });
  await clients.invoices.voidInvoice({ invoiceId: at(invoices, 1).id });
  const toVoid = { accountId, amount: usd('1'), invoiceIds: [at(invoices, 1).id] };
  expect((await failureOf(recordPayment(toVoid))).reason).toBe('INVOICE_VOID');
  expect(await owedOf(clients)).toEqual(['15.00', '0.00', '15.00']);
});

test('a payment that is reversed opens its invoices again and takes from the balance, also below 0', async () => {
  const { clients, invoices } = await invoiced('reversed', '20');
  const { payment } = await clients.payments.recordPayment({ accountId, amount: usd('50') });
  expect(await owedOf(clients)).toEqual(['0.00', '30.00', '-30.00']);
  const { id: paymentId = '' } = payment ?? {};
  const request = { paymentId, reason: 'Came back', requestId: 'r' };
  const { payment: reversed } = await clients.payments.reversePayment(request);
  expect(reversed).toMatchObject({ reversalReason: 'Came back' });
  expect(await clients.payments.reversePayment(request)).toMatchObject({ payment: reversed });
  expect(await owedOf(clients)).toEqual(['20.00', '0.00', '20.00']);
  const again = clients.payments.reversePayment({ paymentId });
  expect((await failureOf(again)).reason).toBe('PAYMENT_REVERSED');
  expect(await clients.payments.getPayment({ paymentId })).toMatchObject({ payment: reversed });
  const { invoice } = await clients.invoices.getInvoice({ invoiceId: at(invoices, 0).id });
  expect(invoice?.receivable?.paymentStatus).toBe(PaymentStatus.OPEN);
});

test('a credit note is taken off what is open first; then it goes to the balance, is refunded, or is refused', async () => {
  const { clients, invoices } = await invoiced('credited', '20', '30', '40');
  const [one, two, three] = invoices.map(({ id }) => id) as [string, string, string];
  const { createCreditNote } = clients.creditNotes;
  const lineOf = (invoice: Invoice) => invoice.lines[0]?.id ?? '';
  const part = (invoice: Invoice, amount: string) => ({
    ...{ invoiceLineId: lineOf(invoice), part: { case: 'amount' as const, value: amount } },
  });
  // 15 of 20 paid: 5 are open.
  await clients.payments.recordPayment({ accountId, amount: usd('15'), invoiceIds: [one] });
  const lines = [part(at(invoices, 0), '8')];
  const tooMuch = { invoiceId: one, lines, disposition: CreditNoteDisposition.WRITE_OFF };
  expect((await failureOf(createCreditNote(tooMuch))).reason).toBe('CREDIT_EXCEEDS_OPEN');
  const request = { invoiceId: one, lines, reason: 'Sorry', requestId: 'c' };
  const { creditNote } = await createCreditNote(request);
  expect(creditNote).toMatchObject({
    ...{ number: 'CN-000001', invoiceNumber: 'INV-000001', total: usd('8.00'), reason: 'Sorry' },
    ...{ writeOffAmount: usd('5.00'), balanceAmount: usd('3.00'), refundAmount: usd('0.00') },
    lines: [{ netAmount: usd('8.00'), taxAmount: usd('0.00'), amount: usd('8.00') }],
  });
  expect((await createCreditNote(request)).creditNote).toEqual(creditNote);
  const refund = CreditNoteDisposition.REFUND;
  const { creditNote: refunded } = await createCreditNote({ invoiceId: one, disposition: refund });
  expect(refunded).toMatchObject({ total: usd('12.00'), refundAmount: usd('12.00') });
  const nothing = createCreditNote({ invoiceId: one });
  expect((await failureOf(nothing)).reason).toBe('CREDIT_EXCEEDS_INVOICE');
  // Half of the quantity of 1.
  const half = {
    invoiceLineId: lineOf(at(invoices, 1)),
    part: { case: 'quantity' as const, value: '0.5' },
  };
  const { creditNote: byQuantity } = await createCreditNote({ invoiceId: two, lines: [half] });
  expect(byQuantity).toMatchObject({ total: usd('15.00'), lines: [{ quantity: '0.5' }] });
  const voided = clients.invoices.voidInvoice({ invoiceId: two });
  expect((await failureOf(voided)).reason).toBe('INVOICE_NOT_VOIDABLE');
  expect((await createCreditNote({ invoiceId: three })).creditNote?.total).toEqual(
    expect.objectContaining(usd('40.00')),
  );
  expect(await openOf(clients)).toEqual(['0.00', '15.00', '0.00']);
  expect(await owedOf(clients)).toEqual(['15.00', '3.00', '12.00']);
  const { creditNotes } = await clients.creditNotes.listCreditNotes({ invoiceId: one });
  expect(creditNotes.map(({ number }) => number)).toEqual(['CN-000002', 'CN-000001']);
  const { creditNote: got } = await clients.creditNotes.getCreditNote({
    creditNoteId: creditNote?.id ?? '',
  });
  expect(got).toEqual(creditNote);
  const { entries } = await clients.receivables.getStatement({
    accountId,
    currencyCode: 'USD',
    pageSize: 4,
  });
  expect(entries.filter(({ kind }) => kind === StatementEntryKind.INVOICE)).toHaveLength(3);
  const wrong = [
    { invoiceLineId: lineOf(at(invoices, 1)), part: { case: 'amount' as const, value: '1.005' } },
  ];
  expect((await failureOf(createCreditNote({ invoiceId: two, lines: wrong }))).fields).toEqual([
    'lines[0].amount',
  ]);
});

test('credit notes at once never come to more than their invoice, and are numbered without a gap', async () => {
  const { clients, invoices } = await invoiced('at once', '20');
  const invoice = at(invoices, 0);
  const line = {
    invoiceLineId: invoice.lines[0]?.id ?? '',
    part: { case: 'amount' as const, value: '3' },
  };
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, async () => {
      // A call that lost too often against the others is told to be made again.
      for (;;) {
        const call = clients.creditNotes.createCreditNote({ invoiceId: invoice.id, lines: [line] });
        const outcome = await call.then(({ creditNote }) => creditNote?.number, reasonOf);
        if (outcome !== 'again') return outcome;
      }
    }),
  );
  expect(outcomes.sort()).toEqual([
    ...[1, 2, 3, 4, 5, 6].map((number) => `CN-00000${number}`),
    ...['CREDIT_NOTE_INVALID', 'CREDIT_NOTE_INVALID'],
  ]);
  expect(await openOf(clients)).toEqual(['2.00']);
});

async function reasonOf(error: unknown): Promise<string> {
  const { code, reason = 'none' } = await failureOf(Promise.reject(error));
  return code === Code.Aborted || code === Code.Unavailable ? 'again' : reason;
}

test('whatever is paid, reversed, credited and made void in whatever order, what is open less the balance is what the statement says', async () => {
  const random = seededRandom(randomSeed());
  const pick = <T>(items: readonly T[]): T => at(items, Math.floor(random() * items.length));
  const { clients, invoices } = await invoiced('random', '20', '-4', '7', '30');
  const paid: string[] = [];
  const cents = () => usd(((1 + Math.floor(random() * 1_500)) / 100).toFixed(2));
  const acts: (() => Promise<unknown>)[] = [
    async () => {
      const { payment } = await clients.payments.recordPayment({ accountId, amount: cents() });
      paid.push(payment?.id ?? '');
    },
    () => clients.payments.reversePayment({ paymentId: pick(paid) }),
    () => {
      const { id: invoiceId, lines } = pick(invoices);
      const part = { case: 'amount' as const, value: cents().amount };
      const credited = [{ invoiceLineId: lines[0]?.id ?? '', part }];
      const disposition = pick([CreditNoteDisposition.BALANCE, CreditNoteDisposition.REFUND]);
      return clients.creditNotes.createCreditNote({ invoiceId, lines: credited, disposition });
    },
    () => clients.invoices.voidInvoice({ invoiceId: pick(invoices).id }),
    () => clients.invoices.markInvoiceUncollectible({ invoiceId: pick(invoices).id }),
  ];
  await at(acts, 0)();
  for (let count = 0; count < 20; count += 1) {
    const failed = await pick(acts)().then(
      () => undefined,
      (error: unknown) => error,
    );
    // What cannot be done any more is refused, and changes nothing.
    if (failed !== undefined)
      expect([Code.FailedPrecondition, Code.InvalidArgument]).toContain(
        (await failureOf(Promise.reject(failed as Error))).code,
      );
    await owedOf(clients);
  }
});

test('a statement and an aging list come in pages that follow each other', async () => {
  const { clients } = await invoiced('pages', '1', '2', '3', '4');
  await clients.payments.recordPayment({ accountId: 'b', amount: usd('5') });
  const sums: (string | undefined)[][] = [];
  for (let pageToken = '', more = true; more;) {
    const request = { accountId, currencyCode: 'USD', pageSize: 3, pageToken };
    const page = await clients.receivables.getStatement(request);
    sums.push([page.openingAmount?.amount, page.closingAmount?.amount]);
    pageToken = page.nextPageToken;
    more = pageToken !== '';
  }
  expect(sums).toEqual([
    ['0.00', expect.any(String)],
    [expect.any(String), '10.00'],
  ]);
  expect(sums[1]?.[0]).toBe(sums[0]?.[1]);
  const rows: (string | undefined)[][] = [];
  for (let pageToken = '', more = true; more;) {
    const page = await clients.receivables.listAging({ pageSize: 1, pageToken });
    rows.push(
      page.rows.map(({ owed }) => owed?.amount).concat(page.rows.map((row) => row.accountId)),
    );
    pageToken = page.nextPageToken;
    more = pageToken !== '';
  }
  expect(rows).toEqual([
    ['10.00', accountId],
    ['-5.00', 'b'],
  ]);
  const bad = clients.receivables.getStatement({ accountId, currencyCode: 'XXQ' });
  expect((await failureOf(bad)).fields).toEqual(['currency_code']);
});

test('a statement is a page and a PDF, which say what the entries say, and what is owed', async () => {
  const { clients } = await invoiced('statements', '40', '2.50');
  await clients.payments.recordPayment({ accountId, amount: usd('45'), reference: '<b>Wire</b>' });
  const question = { accountId, currencyCode: 'USD' };
  const { html } = await clients.receivables.renderStatement(question);
  const text = pageText(html);
  expect(text).toContain('Statement of account Until ');
  expect(text).toMatch(/Owed before 0\.00 USD Owed −2\.50 USD/);
  // The two are of one instant, so either may be the first.
  expect(text).toMatch(/Invoice INV-000001 40\.00 4[02]\.[05]0/);
  expect(text).toMatch(/Invoice INV-000002 2\.50 4?2\.50/);
  expect(text).toMatch(/Payment &lt;b&gt;Wire&lt;\/b&gt; −45\.00 −2\.50/);
  const parts: Uint8Array[] = [];
  for await (const { content } of clients.receivables.renderStatementPdf({
    ...{ ...question, language: 'de', timeZone: 'Europe/Berlin' },
    startTime: timestampFromMs(0),
  }))
    parts.push(content);
  const [pages = []] = await pdfPages([Buffer.concat(parts)]);
  expect(pages.join(' ')).toContain('Kontoauszug');
  expect(pages.join(' ')).toContain('Rechnung INV-000002 2,50');
  const wrong = [
    { ...question, timeZone: 'Mars' },
    { ...question, accountId: "x'; y" },
    { ...question, currencyCode: 'XXQ' },
  ].map((request) => failureOf(clients.receivables.renderStatement(request)));
  const faults = await Promise.all(wrong);
  expect(faults.map(({ fields }) => fields)).toEqual([
    ['time_zone'],
    ['account_id'],
    ['currency_code'],
  ]);
});

test('every query of payments, credit notes, receivables, balances and statements walks an index', async () => {
  await world.mongo.db.command({ profile: 0 });
  const names = ['payments', 'credit_notes', 'receivables', 'account_balances', 'account_entries'];
  for (const name of names) {
    const plans = await planSummariesOf(world.mongo.db, name);
    expect([name, plans.filter((plan) => !/^(IXSCAN|IDHACK|EXPRESS)/.test(String(plan)))]).toEqual([
      name,
      [],
    ]);
    expect([name, plans.length > 0]).toEqual([name, true]);
  }
});

test('a dispute that was kept when a payment had one at most is still told, with what it took back', async () => {
  const organisationId = organisation('one dispute');
  const { payments } = clientsOf(organisationId);
  const money = { currencyCode: 'USD', amount: '20.00' };
  const { payment } = await payments.recordPayment({ accountId, amount: money, method: 'bank' });
  const openTime = new Date('2024-02-01T00:00:00Z');
  const dispute = { id: 'dp_1', state: 'lost', reason: 'fraudulent', openTime };
  const collection = world.mongo.db.collection<{ _id: string }>('payments');
  await collection.updateOne(
    { _id: payment?.id ?? '' },
    { $set: { dispute: { ...dispute, currencyCode: 'USD', minorUnits: '1500' } } },
  );
  const { payment: read } = await payments.getPayment({ paymentId: payment?.id ?? '' });
  expect(read?.disputes).toMatchObject([
    { id: 'dp_1', amount: { amount: '15.00' }, lostAmount: { amount: '15.00' } },
  ]);
});
