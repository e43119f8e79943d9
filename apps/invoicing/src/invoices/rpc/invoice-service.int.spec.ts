import { toJson, type MessageInitShape } from '@bufbuild/protobuf';
import type { BrandingSchema } from '@billingrails/contracts/billingrails/invoicing/v1/branding_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { EInvoiceSyntax } from '@billingrails/contracts/billingrails/invoicing/v1/e_invoice_pb';
import {
  InvoiceSchema,
  InvoiceStatus,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { TaxCalculation } from '@billingrails/contracts/billingrails/invoicing/v1/tax_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { LineAgreement } from '@billingrails/contracts/billingrails/invoicing/v1/explanation_pb';
import type { ExplainLineResponse } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { assert } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import type { Group } from '@billingrails/rating';
import { failureOf } from '@billingrails/rpc/testing';
import { Code } from '@connectrpc/connect';
import { pngOf } from '../../branding/testing/pictures';
import { pageText } from '../../testing/page-text';
import { pdfPages } from '../../testing/pdf-text';
import { account, postedBill, organisation, usageCharge } from '../../testing/posted-bills';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replica: Replica;
const acme = organisation('acme');
const other = organisation('other');

/** Five invoices of acme, the last two of another account; one of the other organisation. */
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica();
  // One after the other: bills that are there together are numbered in any order.
  for (let index = 1; index <= 5; index += 1) {
    await publish(acme, index);
    await world.settled();
  }
  await publish(other, 1);
  await world.settled();
});

afterAll(async () => {
  await world?.stop();
});

const publish = (organisationId: OrganisationId, index: number) =>
  world.publish(
    postedBill({
      organisationId,
      accountId: account(index <= 3 ? 'first' : 'second'),
      billId: derivedId('bill', String(index)),
    }),
  );

async function newestOf(organisationId: OrganisationId) {
  const { invoices } = await replica.as(organisationId).listInvoices({ pageSize: 1 });
  const [invoice] = invoices;
  assert(invoice, 'the organisation has an invoice');
  return invoice;
}

test('an invoice answers with every figure that its lines were computed from', async () => {
  const { id } = await newestOf(acme);
  const { invoice } = await replica.as(acme).getInvoice({ invoiceId: id });
  assert(invoice, 'the invoice is answered');
  expect(toJson(InvoiceSchema, invoice, { useProtoFieldName: true })).toMatchObject({
    id,
    number: 'INV-000005',
    status: 'INVOICE_STATUS_FINALIZED',
    account_id: 'second',
    account_name: 'Strawberry Fields Ltd',
    plan_name: 'LLM',
    bill_id: derivedId('bill', '5'),
    period: { start_time: '2026-10-01T00:00:00Z', end_time: '2026-11-01T00:00:00Z' },
    total: { currency_code: 'USD', amount: '42.61' },
    issue_time: '2026-11-01T00:00:00Z',
    finalize_time: expect.stringMatching(/^20/),
    lines: [
      {
        description: 'Platform',
        quantity: '1',
        exact_amount: '20',
        amount: { currency_code: 'USD', amount: '20.00' },
        steps: [{ quantity: '1', amount: '20', flat: { flat_amount: '20' } }],
      },
      {
        description: 'Prompt tokens',
        quantity: '18059974',
        unit: 'token',
        exact_amount: '20.149935',
        amount: { currency_code: 'USD', amount: '20.15' },
        event_count: '8819',
        meter_profile: { meter_id: derivedId('mtr', 'Prompt tokens'), profile: 'default' },
        period: { start_time: '2026-10-01T00:00:00Z', end_time: '2026-11-01T00:00:00Z' },
        steps: [
          {
            quantity: '10000000',
            amount: '0',
            tier: { above: '0', up_to: '10000000', unit_amount: '0', flat_amount: '0' },
          },
          {
            quantity: '8059974',
            amount: '20.149935',
            tier: { above: '10000000', unit_amount: '0.0000025', flat_amount: '0' },
          },
        ],
      },
      { description: 'Generated tokens', amount: { amount: '2.46' } },
    ],
  });
});

test('lines say their groups and the invoice its zone; the same message again changes nothing about it', async () => {
  const calls = usageCharge('Calls', { tiers: [{ quantity: '2', unitAmount: '0.0025' }] });
  const groups: Group[] = [['eu', 5.5, null], ['eu', '5.5', true], 'other'];
  const organisationId = organisation('grouped');
  const closed = postedBill({
    organisationId,
    timeZone: 'Pacific/Kiritimati',
    lines: groups.map((group) => ({ ...calls, group })),
  });
  await world.publish(closed);
  await world.publish(closed);
  await world.settled();
  const { invoices } = await replica.as(organisationId).listInvoices({});
  expect(
    invoices.map((invoice) => toJson(InvoiceSchema, invoice, { useProtoFieldName: true })),
  ).toMatchObject([
    {
      number: 'INV-000001',
      time_zone: 'Pacific/Kiritimati',
      total: { amount: '0.03' },
      lines: [
        { group: { values: ['eu', 5.5, null] }, amount: { amount: '0.01' } },
        { group: { values: ['eu', '5.5', true] }, amount: { amount: '0.01' } },
        { group: { other: true }, amount: { amount: '0.01' } },
      ],
    },
  ]);
  expect(await world.mongo.db.collection('quarantine').countDocuments()).toBe(0);
});

test('the time of finalization is the server’s, the time of issue that of the message', async () => {
  const { issueTime, finalizeTime } = await newestOf(acme);
  expect(Number(issueTime?.seconds) * 1000).toBe(Date.UTC(2026, 10, 1));
  expect(Math.abs(Number(finalizeTime?.seconds) * 1000 - Date.now())).toBeLessThan(120_000);
});

test('pages follow each other by their tokens, newest first', async () => {
  const numbers: string[][] = [];
  let pageToken = '';
  do {
    const page = await replica.as(acme).listInvoices({ pageSize: 2, pageToken });
    numbers.push(page.invoices.map(({ number }) => number));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(numbers).toEqual([
    ['INV-000005', 'INV-000004'],
    ['INV-000003', 'INV-000002'],
    ['INV-000001'],
  ]);
});

test('lists are filtered by account and by status', async () => {
  const client = replica.as(acme);
  const numbers = async (request: { accountId?: string; status?: InvoiceStatus }) =>
    (await client.listInvoices(request)).invoices.map(({ number }) => number);
  expect(await numbers({ accountId: 'second' })).toEqual(['INV-000005', 'INV-000004']);
  expect(await numbers({ accountId: 'nobody' })).toEqual([]);
  expect(await numbers({ status: InvoiceStatus.FINALIZED })).toHaveLength(5);
  expect(await numbers({ status: InvoiceStatus.DRAFT })).toEqual([]);
});

test('a token that no list gave, a negative size and an unknown status are refused', async () => {
  const client = replica.as(acme);
  expect(await failureOf(client.listInvoices({ pageToken: 'e30' }))).toMatchObject({
    code: Code.InvalidArgument,
    reason: 'PAGE_TOKEN_INVALID',
  });
  expect((await failureOf(client.listInvoices({ pageSize: -1 }))).code).toBe(Code.InvalidArgument);
  const status = 9 as InvoiceStatus;
  expect((await failureOf(client.listInvoices({ status }))).code).toBe(Code.InvalidArgument);
});

test('an invoice of another organisation looks like none on every call', async () => {
  const { id: invoiceId } = await newestOf(acme);
  const stranger = replica.as(other);
  const nothing = { code: Code.NotFound, reason: 'INVOICE_NOT_FOUND' };
  for (const id of [invoiceId, derivedId('inv', 'none'), 'no id at all', '$ne']) {
    expect(await failureOf(stranger.getInvoice({ invoiceId: id }))).toMatchObject(nothing);
    expect(await failureOf(stranger.renderInvoice({ invoiceId: id }))).toMatchObject(nothing);
  }
  const { invoices } = await stranger.listInvoices({});
  expect(invoices.map(({ number }) => number)).toEqual(['INV-000001']);
  const { nextPageToken: pageToken } = await replica.as(acme).listInvoices({ pageSize: 1 });
  const continued = await stranger.listInvoices({ pageToken });
  expect(continued.invoices.map(({ id }) => id)).toEqual(invoices.map(({ id }) => id));
});

test('lines are left out on request, and listed in pages in their order', async () => {
  const client = replica.as(acme);
  const { id: invoiceId } = await newestOf(acme);
  const { invoice } = await client.getInvoice({ invoiceId });
  const { invoice: head } = await client.getInvoice({ invoiceId, omitLines: true });
  expect(head).toEqual({ ...invoice, lines: [] });
  const { invoices } = await client.listInvoices({ pageSize: 1, omitLines: true });
  expect(invoices).toEqual([head]);
  const first = await client.listInvoiceLines({ invoiceId, pageSize: 2 });
  const pageToken = first.nextPageToken;
  const second = await client.listInvoiceLines({ invoiceId, pageSize: 2, pageToken });
  expect([...first.lines, ...second.lines]).toEqual(invoice?.lines);
  expect([first.lines.length, second.nextPageToken]).toEqual([2, '']);
});

test('a line is explained down to its events, as they were when the invoice was put together', async () => {
  const { id: invoiceId, createTime } = await newestOf(acme);
  const client = replica.as(acme);
  const { lines } = await client.listInvoiceLines({ invoiceId });
  const [flat, prompt] = lines;
  assert(flat && prompt && createTime, 'there are a flat fee and usage');
  expect(await explained(client.explainLine({ invoiceId, lineId: flat.id }))).toMatchObject({
    cases: ['line', 'result'],
    result: { quantity: '1', agreement: LineAgreement.AGREES },
  });

  const accountId = account('second');
  const october = (day: number) => Date.UTC(2026, 9, day);
  world.usage.counted.push(
    { accountId, key: 'a', timeMs: october(1), value: '18059970' },
    { accountId, key: 'b', timeMs: october(31), value: '4' },
    // Long after the invoice: it was not known then.
    { accountId, key: 'late', timeMs: october(31), value: '1', knownMs: Number.MAX_SAFE_INTEGER },
    { accountId, key: 'november', timeMs: october(32), value: '7' },
  );
  const request = { invoiceId, lineId: prompt.id };
  const whole = await explained(client.explainLine(request));
  expect(whole).toMatchObject({
    cases: ['line', 'days', 'days', 'events', 'events', 'result'],
    line: { line: prompt, accountId, billId: derivedId('bill', '5'), knownAt: createTime },
    keys: ['a', 'b'],
    result: { quantity: '18059974', eventCount: 2n, agreement: LineAgreement.AGREES },
  });
  const short = await explained(client.explainLine({ ...request, omitEvents: true }));
  expect(short).toMatchObject({ cases: ['line', 'days', 'days', 'result'], result: whole.result });

  expect(await failureOf(explained(client.explainLine({ invoiceId, lineId: invoiceId })))).toEqual(
    expect.objectContaining({ code: Code.NotFound, reason: 'LINE_NOT_FOUND' }),
  );
  world.usage.down = true;
  expect(await failureOf(explained(client.explainLine(request)))).toMatchObject({
    code: Code.Unavailable,
    reason: 'METERING_UNAVAILABLE',
  });
  world.usage.down = false;
});

async function explained(parts: AsyncIterable<ExplainLineResponse>) {
  const all: ExplainLineResponse[] = [];
  for await (const part of parts) all.push(part);
  const [first] = all;
  const last = all.at(-1);
  return {
    cases: all.map(({ part }) => part.case),
    line: first?.part.case === 'line' ? first.part.value : undefined,
    keys: all.flatMap(({ part }) =>
      part.case === 'events' ? part.value.events.map((event) => event.idempotencyKey) : [],
    ),
    result: last?.part.case === 'result' ? last.part.value : undefined,
  };
}

test('an invoice is rendered as a page', async () => {
  const { id: invoiceId } = await newestOf(acme);
  const { html } = await replica.as(acme).renderInvoice({ invoiceId });
  expect(html).toMatch(/^<!doctype html>/);
  expect(html).toContain('<title>Invoice INV-000005</title>');
  expect(html).toContain('42.61 USD');
});

test('an invoice is rendered in the language that is asked for, and another language is refused by name', async () => {
  const { id: invoiceId } = await newestOf(acme);
  const client = replica.as(acme);
  const { html } = await client.renderInvoice({ invoiceId, language: 'de-AT' });
  expect(html).toContain('<title>Rechnung INV-000005</title>');
  expect(html).toContain('42,61 USD');
  const refused = { code: Code.InvalidArgument, reason: 'LANGUAGE_UNKNOWN' };
  expect(await failureOf(client.renderInvoice({ invoiceId, language: 'tlh' }))).toMatchObject(
    refused,
  );
});

/** All parts of a document together. */
async function whole(parts: AsyncIterable<{ content: Uint8Array }>): Promise<Buffer> {
  const contents: Uint8Array[] = [];
  for await (const { content } of parts) contents.push(content);
  return Buffer.concat(contents);
}

test('an invoice that says enough is written as an e-invoice, and its PDF holds it; its credit notes are too', async () => {
  const organisationId = organisation('e-invoices');
  const address = { lines: ['Straße 1'], city: 'Berlin', postalCode: '10115', countryCode: 'DE' };
  const taxIds = [{ countryCode: 'DE', value: 'DE136695976' }];
  const taxes = replica.client(TaxService, organisationId);
  const seller = { name: 'Penny Lane GmbH', address, taxIds };
  await taxes.updateTaxSettings({ settings: { calculation: TaxCalculation.RATES, seller } });
  await taxes.createTaxRate({ rate: { name: 'VAT', percent: '19', countryCode: 'DE' } });
  await taxes.setAccountTaxDetails({ accountId: 'second', details: { address } });
  const settings = replica.client(InvoicingSettingsService, organisationId);
  const kept = await settings.updateInvoicingSettings({
    settings: { bankAccount: { iban: 'de02 1203 0000 0000 2020 51' } },
  });
  expect(kept.effective?.bankAccount?.iban).toBe('DE02120300000000202051');
  await publish(organisationId, 4);
  await world.settled();
  const { id: invoiceId, number } = await newestOf(organisationId);
  const client = replica.as(organisationId);
  const ubl = (await whole(client.renderInvoiceXml({ invoiceId }))).toString();
  expect(ubl).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Invoice xmlns="urn:oasis/);
  expect(ubl).toContain(`<cbc:ID>${number}</cbc:ID>`);
  expect(ubl).toContain('<cbc:PayableAmount currencyID="USD">50.71</cbc:PayableAmount>');
  expect(ubl).toContain('<cbc:ID>DE02120300000000202051</cbc:ID>');
  const cii = await whole(client.renderInvoiceXml({ invoiceId, syntax: EInvoiceSyntax.CII }));
  expect(cii.toString()).toContain('<ram:DuePayableAmount>50.71</ram:DuePayableAmount>');
  const pdf = (await whole(client.renderInvoicePdf({ invoiceId }))).toString('latin1');
  expect(pdf).toContain('(factur-x.xml)');
  expect(pdf).toContain('<fx:ConformanceLevel>EN 16931</fx:ConformanceLevel>');

  const creditNotes = replica.client(CreditNoteService, organisationId);
  const { creditNote } = await creditNotes.createCreditNote({ invoiceId });
  const creditNoteId = creditNote?.id ?? '';
  const xml = await whole(creditNotes.renderCreditNoteXml({ creditNoteId }));
  expect(xml.toString()).toContain('<CreditNote xmlns="urn:oasis');
  const { html } = await creditNotes.renderCreditNote({ creditNoteId, language: 'de' });
  expect(html).toContain(`<title>Rechnungskorrektur ${creditNote?.number}</title>`);
  const credited = await whole(creditNotes.renderCreditNotePdf({ creditNoteId }));
  expect(credited.toString('latin1')).toContain('(factur-x.xml)');
  const foreign = replica.client(CreditNoteService, other).renderCreditNote({ creditNoteId });
  expect((await failureOf(foreign)).code).toBe(Code.NotFound);
});

test('what an invoice lacks to be an e-invoice is named, and its PDF holds none; a wrong IBAN is refused', async () => {
  const { id: invoiceId } = await newestOf(acme);
  const xml = whole(replica.as(acme).renderInvoiceXml({ invoiceId }));
  expect(await failureOf(xml)).toEqual({
    code: Code.FailedPrecondition,
    reason: 'E_INVOICE_INCOMPLETE',
    fields: ['taxes'],
  });
  const pdf = await whole(replica.as(acme).renderInvoicePdf({ invoiceId }));
  expect(pdf.toString('latin1')).not.toContain('factur-x');
  const foreign = whole(replica.as(other).renderInvoiceXml({ invoiceId }));
  expect((await failureOf(foreign)).code).toBe(Code.NotFound);
  const settings = replica.client(InvoicingSettingsService, acme).updateInvoicingSettings({
    settings: { bankAccount: { iban: 'DE02120300000000202052', bic: 'X' } },
  });
  expect(await failureOf(settings)).toEqual({
    code: Code.InvalidArgument,
    reason: 'INVOICING_SETTINGS_INVALID',
    fields: ['settings.bank_account.iban', 'settings.bank_account.bic'],
  });
});

test('documents end with the usage by day where that was set when the invoice was put together; without metering they say so', async () => {
  const organisationId = organisation('by-day');
  await publish(organisationId, 1);
  await world.settled();
  const settings = replica.client(InvoicingSettingsService, organisationId);
  const { effective } = await settings.updateInvoicingSettings({ settings: { usageByDay: true } });
  expect(effective).toMatchObject({ usageByDay: true });
  const before = await newestOf(organisationId);
  await publish(organisationId, 2);
  await world.settled();
  const { id: invoiceId, usageByDay, accountId } = await newestOf(organisationId);
  expect([before.usageByDay, usageByDay]).toEqual([false, true]);

  const october = (day: number) => Date.UTC(2026, 9, day);
  const tokens = { accountId: account(accountId), timeMs: october(9), value: '245896' };
  world.usage.counted.push({ ...tokens, key: 'by-day' });
  const client = replica.as(organisationId);
  const pageOf = async (id: string) =>
    pageText((await client.renderInvoice({ invoiceId: id })).html);
  expect(await pageOf(before.id)).not.toContain('Usage by day');
  const page = await pageOf(invoiceId);
  expect(page).toContain('Usage by day');
  expect(page).toMatch(/Generated tokens .* 9 Oct 245,896/);
  world.usage.down = true;
  expect(await pageOf(invoiceId)).toContain(
    'Usage by day could not be read when this document was made.',
  );
  const [text = []] = await pdfPages([await whole(client.renderInvoicePdf({ invoiceId }))]);
  expect(text.at(-1)).toContain('Usage by day could not be read');
  world.usage.down = false;
});

test('a logo is kept once, and an invoice looks as was set when it was put together, whatever is set later', async () => {
  const organisationId = organisation('branded');
  const settings = replica.client(InvoicingSettingsService, organisationId);
  const content = pngOf(120, 40, [0, 0, 120]);
  const { logo } = await settings.createLogo({ content });
  expect(logo).toMatchObject({ mediaType: 'image/png', width: 120, height: 40 });
  expect((await settings.createLogo({ content })).logo).toEqual(logo);
  const logoId = logo?.id ?? '';
  const svg = settings.createLogo({ content: Buffer.from('<svg/>') });
  expect(await failureOf(svg)).toMatchObject({ reason: 'LOGO_INVALID', fields: ['content'] });
  const foreign = replica.client(InvoicingSettingsService, other);
  expect((await failureOf(foreign.getLogo({ logoId }))).code).toBe(Code.NotFound);

  const set = (branding: MessageInitShape<typeof BrandingSchema>) =>
    settings.updateInvoicingSettings({ settings: { branding } });
  await set({ logoId, accentColor: '#0B5A2B', footer: 'HRB 1' });
  await publish(organisationId, 5);
  await world.settled();
  const { id: invoiceId, branding } = await newestOf(organisationId);
  expect(branding).toMatchObject({ logoId, accentColor: '#0b5a2b', footer: 'HRB 1' });
  const client = replica.as(organisationId);
  const before = (await client.renderInvoice({ invoiceId })).html;
  const pdfBefore = await whole(client.renderInvoicePdf({ invoiceId }));
  expect(before).toContain('src="data:image/png;base64,');
  await set({ accentColor: '#000000', footer: 'HRB 2' });
  expect((await client.renderInvoice({ invoiceId })).html).toBe(before);
  expect((await whole(client.renderInvoicePdf({ invoiceId }))).equals(pdfBefore)).toBe(true);
  const wrong = [
    set({ accentColor: '#eeeeee', tintColor: 'green', logoId: 'logo_x' }),
    set({ logoId: derivedId('logo', 'none') }),
  ];
  const faults = await Promise.all(wrong.map(failureOf));
  expect(faults.map(({ fields }) => fields)).toEqual([
    ['logo_id', 'accent_color', 'tint_color'].map((field) => `settings.branding.${field}`),
    ['settings.branding.logo_id'],
  ]);
});

test('an invoice is rendered as a PDF, in parts', async () => {
  const { id: invoiceId } = await newestOf(acme);
  const pdf = await whole(replica.as(acme).renderInvoicePdf({ invoiceId }));
  const text = pdf.toString('latin1');
  expect(text).toMatch(/^%PDF-1\.7[\s\S]*%%EOF\s*$/);
  const missing = whole(replica.as(other).renderInvoicePdf({ invoiceId }));
  expect((await failureOf(missing)).code).toBe(Code.NotFound);
});

test('a call without a key is refused, and health needs none', async () => {
  const call = (path: string) =>
    fetch(`${replica.address}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
  const list = await call('billingrails.invoicing.v1.InvoiceService/ListInvoices');
  expect(list.status).toBe(401);
  const health = await call('grpc.health.v1.Health/Check');
  expect(await health.json()).toEqual({ status: 'SERVING' });
});
