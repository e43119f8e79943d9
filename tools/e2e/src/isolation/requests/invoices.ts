import { FAKE_STRIPE_KEY } from '@billingrails/testing';
import { ACCOUNT_ID, type Requests } from '../story';

/** A PNG of 16 by 16 pixels. */
const LOGO =
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAYAAAAf8/9hAAAAK0lEQVR4AaXBAQEAAAiAIHN18+uDMPsIJJJIIokkkkgiiSSSSCKJJJJIogPeyQIAhqpGbQAAAABJRU5ErkJggg==';

/** Invoices, payments, credit notes, and their documents. */
export const invoiceRequests: Requests = {
  'InvoiceService.ListInvoices': () => ({}),
  'InvoiceService.GetInvoice': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.VoidInvoice': (world, label) => ({
    ...{ invoice_id: world.invoice, reason: `${label} reason`, reissue: true, request_id: 'void' },
  }),
  'InvoiceService.UpdateDraftInvoice': (world, label) => ({
    ...{ invoice_id: world.reissued, memo: `${label} memo`, request_id: 'edit' },
  }),
  'InvoiceService.FinalizeInvoice': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'final' },
  }),
  'PaymentService.RecordPayment': (world, label) => ({
    ...{ account_id: ACCOUNT_ID, invoice_ids: [world.reissued], reference: `${label} reference` },
    // More than it asks for, so that something can be refunded.
    amount: { currency_code: 'USD', amount: '1000' },
    request_id: 'pay',
  }),
  'PaymentService.GetPayment': (world) => ({ payment_id: world.payment }),
  'PaymentService.ListPayments': () => ({ account_id: ACCOUNT_ID }),
  'PaymentService.RefundPayment': (world, label) => ({
    ...{ payment_id: world.payment, reason: `${label} reason`, request_id: 'refund' },
    amount: { currency_code: 'USD', amount: '0.01' },
  }),
  'PaymentService.ReversePayment': (world, label) => ({
    ...{ payment_id: world.payment, reason: `${label} reason`, request_id: 'reverse' },
  }),
  'PaymentService.ListRefunds': () => ({ account_id: ACCOUNT_ID }),
  // Nothing is connected yet, so this does nothing.
  'CollectionService.DisconnectStripe': () => ({}),
  'CollectionService.ConnectStripe': (_world, label) => ({
    ...{ secret_key: FAKE_STRIPE_KEY, webhook_secret: `whsec_${label}`, request_id: 'connect' },
  }),
  'CollectionService.GetStripeConnection': () => ({}),
  'CollectionService.LinkPaymentCustomer': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, name: `${label} name`, request_id: 'link' },
  }),
  'CollectionService.GetPaymentCustomer': () => ({ account_id: ACCOUNT_ID }),
  'CollectionService.StartPaymentMethodSetup': () => ({
    ...{ account_id: ACCOUNT_ID, request_id: 'setup' },
  }),
  'CollectionService.CompletePaymentMethodSetup': (world) => ({
    ...{ account_id: ACCOUNT_ID, setup_id: world.setup, request_id: 'complete' },
  }),
  'CollectionService.CollectInvoice': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'collect' },
  }),
  'CollectionService.GetCollection': (world) => ({ invoice_id: world.reissued }),
  'CollectionService.ListPaymentAttempts': () => ({ account_id: ACCOUNT_ID }),
  'InvoiceService.MarkInvoiceUncollectible': (world) => ({
    ...{ invoice_id: world.reissued, request_id: 'mark' },
  }),
  'CreditNoteService.CreateCreditNote': (world, label) => ({
    ...{ invoice_id: world.reissued, reason: `${label} reason`, request_id: 'credit' },
  }),
  'CreditNoteService.GetCreditNote': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.ListCreditNotes': () => ({ account_id: ACCOUNT_ID }),
  'ReceivableService.GetStatement': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.RenderStatement': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.RenderStatementPdf': () => ({ account_id: ACCOUNT_ID, currency_code: 'USD' }),
  'ReceivableService.ListAging': () => ({}),
  'InvoiceService.ListInvoiceLines': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.ExplainLine': (world) => ({ invoice_id: world.invoice, line_id: world.line }),
  'ExportService.Export': () => ({ dataset: 'EXPORT_DATASET_FOCUS_COSTS' }),
  'InvoiceService.RenderInvoice': (world) => ({ invoice_id: world.invoice }),
  'InvoiceService.RenderInvoicePdf': (world) => ({ invoice_id: world.invoice }),
  // Nobody sells in this world: it is said what is missing.
  'InvoiceService.CreateInvoice': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, currency_code: 'USD', needs_approval: true, request_id: 'hand' },
    lines: [{ description: `${label} line`, quantity: '2', unit_amount: '5.00' }],
  }),
  'InvoiceService.RenderInvoiceXml': (world) => ({ invoice_id: world.reissued }),
  'InvoicingSettingsService.CreateLogo': () => ({ content: LOGO }),
  'InvoicingSettingsService.GetLogo': (world) => ({ logo_id: world.logo }),
  'CreditNoteService.RenderCreditNote': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.RenderCreditNotePdf': (world) => ({ credit_note_id: world.creditNote }),
  'CreditNoteService.RenderCreditNoteXml': (world) => ({ credit_note_id: world.creditNote }),
};
