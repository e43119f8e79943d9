import {
  InvoiceStatus,
  type Invoice,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { Finalization } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { PaymentStatus } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import { assert } from '@billingrails/errors';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import { failureOf } from '@billingrails/rpc/testing';
import { DAY_MS } from '@billingrails/time';
import { waitFor } from '@billingrails/testing';
import { Code } from '@connectrpc/connect';
import { flatCharge, organisation, postedBill } from '../../testing/posted-bills';
import { changesOf, invoiceIn } from '../../testing/changes';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
const ISSUE_MS = Date.UTC(2026, 10, 1);
const ACCOUNT = 'acct_67890';

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
});

afterAll(() => world?.stop());

const settingsOf = (id: OrganisationId) => replica.client(InvoicingSettingsService, id);

/** Bills of so much, one invoice each, in this order. */
async function publish(organisationId: OrganisationId, ...amounts: string[]): Promise<void> {
  for (const [index, amount] of amounts.entries()) {
    const billId = derivedId('bill', `${index} ${amount}`);
    const lines = [flatCharge('Fee', amount)];
    await world.publish(postedBill({ organisationId, billId, lines }));
    await world.settled();
  }
}

async function invoicesOf(organisationId: OrganisationId, request = {}): Promise<Invoice[]> {
  return (await replica.as(organisationId).listInvoices(request)).invoices;
}

async function onlyInvoice(organisationId: OrganisationId): Promise<Invoice> {
  const [invoice, ...others] = await invoicesOf(organisationId);
  assert(invoice && others.length === 0, 'the organisation has one invoice');
  return invoice;
}

const dueOf = ({ amountDue, balanceApplied }: Invoice) => [
  amountDue?.amount,
  balanceApplied?.amount,
];

test('by default an invoice is finalized at once, to be paid within 30 days', async () => {
  const id = organisation('default');
  await publish(id, '20');
  expect(await onlyInvoice(id)).toMatchObject({
    ...{ status: InvoiceStatus.FINALIZED, number: 'INV-000001', dueDate: '2026-12-01' },
    ...{ netDays: 30, memo: '', customFields: [] },
    amountDue: { amount: '20.00' },
    receivable: { paymentStatus: PaymentStatus.OPEN, open: { amount: '20.00' }, overdue: false },
  });
});

test('what an account says of its invoices goes before what its organisation says; what fails is named', async () => {
  const id = organisation('settings');
  const { updateInvoicingSettings: update } = settingsOf(id);
  const fields = [{ name: 'Cost centre', value: '17' }];
  await update({ settings: { netDays: 14, memo: 'Thank you', customFields: fields } });
  const settings = { netDays: 0, purchaseOrderNumber: 'PO-1', series: 'EU1' };
  const { effective } = await update({ accountId: ACCOUNT, settings });
  expect(effective).toMatchObject({
    netDays: 0,
    memo: 'Thank you',
    numberFormat: '{series}-{number:6}',
  });
  await publish(id, '20');
  expect(await onlyInvoice(id)).toMatchObject({
    ...{ number: 'EU1-000001', dueDate: '2026-11-01', netDays: 0 },
    ...{ purchaseOrderNumber: 'PO-1', memo: 'Thank you', customFields: fields },
  });
  const wrong = {
    ...{ series: 'inv', creditNoteSeries: 'c', numberFormat: '{number}', netDays: 400 },
    customFields: [...fields, ...fields],
    minimumAmounts: [{ currencyCode: 'USD', amount: '1.005' }],
  };
  const { netDays: _netDays, ...withoutDays } = wrong;
  expect(await failureOf(update({ settings: wrong }))).toMatchObject({
    ...{ code: Code.InvalidArgument, fields: ['settings.net_days'] },
  });
  expect(await failureOf(update({ settings: withoutDays }))).toEqual({
    ...{ code: Code.InvalidArgument, reason: 'INVOICING_SETTINGS_INVALID' },
    fields: [
      ...['settings.series', 'settings.credit_note_series', 'settings.number_format'],
      'settings.number_format',
      ...['settings.custom_fields[1].name', 'settings.minimum_amounts[0].amount'],
    ],
  });
  expect(await failureOf(update({ settings: { series: 'CN' } }))).toMatchObject({
    fields: ['settings.credit_note_series'],
  });
  expect((await failureOf(update({ accountId: ' ', settings: {} }))).fields).toEqual([
    'account_id',
  ]);
});

test('a draft that waits for approval is edited, has no number until it is finalized, and never changes after', async () => {
  const id = organisation('approval');
  const client = replica.as(id);
  await settingsOf(id).updateInvoicingSettings({
    settings: { finalization: Finalization.ON_APPROVAL },
  });
  await publish(id, '20', '30');
  // The same message again finds the draft.
  await publish(id, '20');
  const drafts = await invoicesOf(id, { status: InvoiceStatus.DRAFT });
  expect(drafts).toHaveLength(2);
  expect(drafts[0]).toMatchObject({
    number: '',
    hold: { until: { case: 'approval', value: true } },
  });
  const { id: invoiceId = '' } = drafts.find(({ total }) => total?.amount === '20.00') ?? {};

  const edit = { invoiceId, memo: 'Mended', customFields: { fields: [{ name: 'a', value: 'b' }] } };
  const { invoice: edited } = await client.updateDraftInvoice({ ...edit, dueDate: '2026-11-20' });
  expect(edited).toMatchObject({ memo: 'Mended', dueDate: '2026-11-20', netDays: 30 });
  const early = client.updateDraftInvoice({ ...edit, dueDate: '2026-10-31' });
  expect((await failureOf(early)).fields).toEqual(['due_date']);

  const request = { invoiceId, requestId: 'once' };
  const { invoice } = await client.finalizeInvoice(request);
  expect(invoice).toMatchObject({ number: 'INV-000001', memo: 'Mended', dueDate: '2026-11-20' });
  expect(await client.finalizeInvoice(request)).toMatchObject({
    invoice: { number: 'INV-000001' },
  });

  const stored = () =>
    world.mongo.db.collection<{ _id: string }>('invoices').findOne({ _id: invoiceId });
  const before = await stored();
  const refused = { code: Code.FailedPrecondition, reason: 'INVOICE_FINALIZED' };
  expect(await failureOf(client.updateDraftInvoice(edit))).toEqual(refused);
  expect(await failureOf(client.finalizeInvoice({ invoiceId }))).toEqual(refused);
  await publish(id, '20');
  await client.markInvoiceUncollectible({ invoiceId, reason: 'Gone' });
  await client.voidInvoice({ invoiceId, reason: 'Mistake', reissue: true });
  expect(await stored()).toEqual(before);
});

test('a draft is finalized when its grace is over, by the test clock', async () => {
  const id = organisation('grace');
  await world.moveClock(id, ISSUE_MS + DAY_MS);
  await settingsOf(id).updateInvoicingSettings({
    settings: {
      finalization: Finalization.AFTER_GRACE,
      finalizationGrace: { seconds: 3n * 86_400n },
    },
  });
  await publish(id, '20', '30');
  const holds = (await invoicesOf(id)).map(({ hold }) => hold?.until.value);
  expect(holds).toMatchObject(
    [1, 2].map(() => ({ seconds: BigInt(ISSUE_MS / 1000 + 3 * 86_400) })),
  );
  await world.moveClock(id, ISSUE_MS + 3 * DAY_MS);
  await waitFor(
    async () => (await invoicesOf(id, { status: InvoiceStatus.FINALIZED })).length === 2,
    { what: 'both drafts to be finalized' },
  );
  expect((await invoicesOf(id)).map(({ number }) => number)).toEqual(['INV-000002', 'INV-000001']);
});

test('an invoice is overdue from the end of its last day, by the organisation’s clock, in lists as well', async () => {
  const id = organisation('overdue');
  await settingsOf(id).updateInvoicingSettings({ settings: { netDays: 10 } });
  await world.moveClock(id, ISSUE_MS);
  await publish(id, '20', '0', '30');
  const overdue = async () =>
    (await invoicesOf(id, { overdue: true, accountId: ACCOUNT })).map(({ total }) => total?.amount);
  expect(await overdue()).toEqual([]);
  await world.moveClock(id, ISSUE_MS + 11 * DAY_MS - 1);
  await world.moveClock(id, ISSUE_MS + 11 * DAY_MS);
  await waitFor(async () => (await overdue()).length === 2, { what: 'two overdue invoices' });
  expect(await overdue()).toEqual(['30.00', '20.00']);
  expect(await invoicesOf(id, { overdue: true, status: InvoiceStatus.DRAFT })).toEqual([]);
  const pages = [];
  for (let pageToken = '', more = true; more;) {
    const page = await replica
      .as(id)
      .listInvoices({ paymentStatus: PaymentStatus.OPEN, pageSize: 1, pageToken });
    pages.push(page.invoices.map(({ total, receivable }) => [total?.amount, receivable?.overdue]));
    pageToken = page.nextPageToken;
    more = pageToken !== '';
  }
  expect(pages).toEqual([[['30.00', true]], [['20.00', true]]]);
  const paid = { paymentStatus: PaymentStatus.PAID, sectionAccountId: ACCOUNT };
  expect((await invoicesOf(id, paid)).map(({ total }) => total?.amount)).toEqual(['0.00']);
});

test('an invoice below the minimum is carried forward to the next; one that gives back goes to the balance', async () => {
  const id = organisation('minimum');
  await settingsOf(id).updateInvoicingSettings({
    settings: { minimumAmounts: [{ currencyCode: 'USD', amount: '5' }] },
  });
  await publish(id, '2', '2.5', '1', '-3', '4', '10');
  const invoices = (await invoicesOf(id)).reverse();
  // What is left to the next: 2, 4.5; all 5.5 are due; 3 in favour; 1 is carried; 11 are due.
  expect(invoices.map(dueOf)).toEqual([
    ['0.00', '2.00'],
    ['0.00', '2.50'],
    ['5.50', '-4.50'],
    ['0.00', '-3.00'],
    ['0.00', '4.00'],
    ['11.00', '-1.00'],
  ]);
});

test('a void invoice asks for nothing, gives back what it took of the balance, and is issued anew', async () => {
  const id = organisation('void');
  const client = replica.as(id);
  await publish(id, '-5', '20');
  const [invoice] = await invoicesOf(id);
  assert(invoice, 'there is an invoice');
  expect(dueOf(invoice)).toEqual(['15.00', '5.00']);
  const request = { invoiceId: invoice.id, reason: 'Wrong address', reissue: true, requestId: 'v' };
  const { invoice: voided, draft } = await client.voidInvoice(request);
  expect(voided).toMatchObject({
    ...{ number: 'INV-000002', amountDue: { amount: '15.00' } },
    receivable: {
      ...{ paymentStatus: PaymentStatus.VOID, open: { amount: '0.00' }, reason: 'Wrong address' },
      replacedByInvoiceId: draft?.id,
    },
  });
  expect(draft).toMatchObject({
    ...{ status: InvoiceStatus.DRAFT, replacesInvoiceId: invoice.id, total: { amount: '20.00' } },
    hold: { until: { case: 'approval' } },
  });
  expect(await client.voidInvoice(request)).toEqual({
    $typeName: expect.anything(),
    invoice: voided,
    draft,
  });
  const writing = (invoiceId: string) => failureOf(firstOf(client.renderInvoiceXml({ invoiceId })));
  expect(await writing(draft?.id ?? '')).toMatchObject({ reason: 'INVOICE_NOT_FINALIZED' });
  const { invoice: again } = await client.finalizeInvoice({ invoiceId: draft?.id ?? '' });
  assert(again, 'the draft is finalized');
  expect([again.number, ...dueOf(again)]).toEqual(['INV-000003', '15.00', '5.00']);
  const refused = { code: Code.FailedPrecondition, reason: 'INVOICE_VOID' };
  expect(await failureOf(client.voidInvoice({ invoiceId: invoice.id }))).toEqual(refused);
  const marked = client.markInvoiceUncollectible({ invoiceId: invoice.id });
  expect(await failureOf(marked)).toEqual(refused);
  expect(await writing(invoice.id)).toEqual(refused);
  const pageOf = async (invoiceId: string) => (await client.renderInvoice({ invoiceId })).html;
  expect(await pageOf(invoice.id)).toContain('<strong>Void</strong>');
  expect(await pageOf(again.id)).not.toContain('<strong>Void</strong>');
});

async function firstOf<T>(stream: AsyncIterable<T>): Promise<T | undefined> {
  for await (const each of stream) return each;
  return undefined;
}

test('prepaid credits pay what is asked for when a draft is finalized, and a void invoice gives them back once', async () => {
  const id = organisation('prepaid void');
  const client = replica.as(id);
  await settingsOf(id).updateInvoicingSettings({
    settings: { finalization: Finalization.ON_APPROVAL },
  });
  await publish(id, '20');
  const account = postedBill().accountId;
  // What is prepaid while a draft waits is there for it.
  world.prepaid.grant(id, account, 12_00n);
  const draft = await onlyInvoice(id);
  expect(draft).toMatchObject({ creditsApplied: { amount: '0.00' }, credits: [] });
  const { invoice } = await client.finalizeInvoice({ invoiceId: draft.id });
  expect(invoice).toMatchObject({
    ...{ creditsApplied: { amount: '12.00' }, amountDue: { amount: '8.00' } },
    credits: [{ memo: 'Prepaid', amount: { amount: '12.00' } }],
  });
  expect(world.prepaid.left(id, account)).toBe(0n);
  const request = { invoiceId: draft.id, reason: 'Wrong', reissue: true, requestId: 'v' };
  const { draft: anew } = await client.voidInvoice(request);
  await client.voidInvoice(request);
  expect(world.prepaid.left(id, account)).toBe(12_00n);
  const { invoice: again } = await client.finalizeInvoice({ invoiceId: anew?.id ?? '' });
  expect(again).toMatchObject({ amountDue: { amount: '8.00' } });
});

test('each change of an invoice is told once, with the invoice as it was, also where a request is repeated', async () => {
  const id = organisation('told');
  const client = replica.as(id);
  const payments = replica.client(PaymentService, id);
  const notes = replica.client(CreditNoteService, id);
  const twice = async <T>(call: () => Promise<T>): Promise<T> => {
    await call();
    return call();
  };
  await world.moveClock(id, ISSUE_MS);
  const settings = { finalization: Finalization.ON_APPROVAL, netDays: 10 };
  await settingsOf(id).updateInvoicingSettings({ settings });
  await publish(id, '20');
  const { id: invoiceId } = await onlyInvoice(id);
  await twice(() => client.finalizeInvoice({ invoiceId, requestId: 'f' }));
  const pay = (amount: string) => {
    const money = { currencyCode: 'USD', amount };
    const request = { accountId: ACCOUNT, amount: money, invoiceIds: [invoiceId] };
    return twice(() => payments.recordPayment({ ...request, requestId: amount }));
  };
  await pay('5');
  const invoiceLineId = (await onlyInvoice(id)).lines[0]?.id ?? '';
  const lines = [{ invoiceLineId, part: { case: 'amount' as const, value: '8' } }];
  await twice(() => notes.createCreditNote({ invoiceId, lines, requestId: 'c' }));
  const paymentId = (await pay('7')).payment?.id ?? '';
  for (const days of [11, 12, 40]) await world.moveClock(id, ISSUE_MS + days * DAY_MS);
  await twice(() => payments.reversePayment({ paymentId, requestId: 'r' }));
  await waitFor(
    async () => (await changesOf(world, id)).some(({ type }) => type === 'invoice.overdue'),
    { what: 'the overdue invoice to be told' },
  );
  await pay('7.00');
  await settingsOf(id).updateInvoicingSettings({ settings: { ...settings, netDays: 60 } });
  await publish(id, '7', '0');
  const drafts = await invoicesOf(id, { status: InvoiceStatus.DRAFT });
  const draftOf = (amount: string) =>
    drafts.find(({ total }) => total?.amount === amount)?.id ?? `no draft of ${amount}`;
  const [free, lost] = [draftOf('0.00'), draftOf('7.00')];
  for (const each of [free, lost]) await client.finalizeInvoice({ invoiceId: each });
  for (const reason of ['Gone', 'Really'])
    await client.markInvoiceUncollectible({ invoiceId: lost, reason });
  const request = { invoiceId: lost, reissue: true, requestId: 'v' };
  const { draft } = await twice(() => client.voidInvoice(request));
  const told = await changesOf(world, id);
  const ofInvoice = (name: string, invoice: string) => [`invoice.${name}`, invoice];
  const [note, paid] = [/^crn_/, /^pmt_/].map((form) => expect.stringMatching(form));
  expect(told.map(({ type, objectId }) => [type, objectId])).toEqual([
    ...['created', 'finalized'].map((name) => ofInvoice(name, invoiceId)),
    ...[['payment.recorded', paid], ofInvoice('partly_paid', invoiceId)],
    ...[['credit_note.created', note], ofInvoice('partly_paid', invoiceId)],
    ...[['payment.recorded', paymentId], ofInvoice('paid', invoiceId)],
    ...[['payment.reversed', paymentId], ofInvoice('overdue', invoiceId)],
    ...[['payment.recorded', paid], ofInvoice('paid', invoiceId)],
    ...[lost, free].map((each) => ofInvoice('created', each)),
    ...['finalized', 'paid'].map((name) => ofInvoice(name, free)),
    ...['finalized', 'uncollectible', 'voided'].map((name) => ofInvoice(name, lost)),
    ofInvoice('created', draft?.id ?? ''),
  ]);
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(told.length);
  const overdue = told.find(({ type }) => type === 'invoice.overdue');
  assert(overdue, 'it was told');
  expect(overdue).toMatchObject({
    ...{ accountId: ACCOUNT, isTest: false, objectType: 'billingrails.invoicing.v1.Invoice' },
    occurTime: { seconds: BigInt((ISSUE_MS + 11 * DAY_MS) / 1000) },
  });
  expect(invoiceIn(overdue)).toMatchObject({
    ...{ id: invoiceId, number: 'INV-000001', lines: [] },
    receivable: { overdue: true, open: { amount: '7.00' }, writtenOff: { amount: '8.00' } },
  });
});

test('a credit note gives back to prepaid credits what they paid, after what is open and what was paid otherwise', async () => {
  const id = organisation('prepaid credited');
  const account = postedBill().accountId;
  world.prepaid.grant(id, account, 12_00n);
  await publish(id, '20');
  const { id: invoiceId, lines: charged } = await onlyInvoice(id);
  const part = { case: 'amount' as const, value: '10' };
  const lines = [{ invoiceLineId: charged[0]?.id ?? '', part }];
  const notes = replica.client(CreditNoteService, id);
  const first = await notes.createCreditNote({ invoiceId, lines, requestId: 'first' });
  // 8.00 were open.
  expect(first.creditNote).toMatchObject({
    ...{ total: { amount: '10.00' }, writeOffAmount: { amount: '8.00' } },
    ...{ balanceAmount: { amount: '0.00' }, creditsAmount: { amount: '2.00' } },
  });
  await notes.createCreditNote({ invoiceId, lines, requestId: 'first' });
  expect(world.prepaid.left(id, account)).toBe(2_00n);
  const rest = await notes.createCreditNote({ invoiceId });
  expect(rest.creditNote).toMatchObject({
    ...{ writeOffAmount: { amount: '0.00' }, creditsAmount: { amount: '10.00' } },
  });
  expect(world.prepaid.left(id, account)).toBe(12_00n);
});
