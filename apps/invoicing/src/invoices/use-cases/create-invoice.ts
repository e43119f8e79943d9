import { assert, notFound } from '@billingrails/errors';
import { derivedId, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { effectiveFor } from '../../settings/store/invoicing-settings';
import { calculateRates, type Calculations } from '../../taxes/use-cases/calculated-rates';
import { invoiceOf } from '../domain/build-invoice';
import { editDraft, type TermsEdit } from '../domain/edit-draft';
import type { DraftInvoice, Invoice } from '../domain/invoice';
import { oneOffOf, type OneOff } from '../domain/one-off';
import { issueIn } from './issue-invoices';

/** A one-off invoice as it was asked for. */
export interface OneOffRequest {
  readonly accountId: string;
  readonly asked: OneOff;
  readonly edit: TermsEdit;
  readonly needsApproval: boolean;
  /** May be empty. */
  readonly requestId: string;
}

/** An invoice that is to be issued, with the taxes that a service told. */
export interface PreparedInvoice {
  readonly draft: DraftInvoice;
  readonly calculations: Calculations;
}

/** Asks billing for the account, and a service for taxes where one tells them; writes nothing. */
export async function prepareInvoice(
  { stores, accounts, ids, taxCalculator }: ServiceParts,
  organisationId: OrganisationId,
  { accountId: text, asked, edit, needsApproval, requestId }: OneOffRequest,
): Promise<PreparedInvoice> {
  const account = await accounts.find(organisationId, text);
  const { accountId, testClockMs } = account;
  const issueMs = testClockMs ?? (await stores.testClocks.present(organisationId));
  // The same for a request that is made again after it failed: so credits that it has taken are its own.
  const id =
    requestId === '' ? ids.next('inv') : derivedId('inv', organisationId, 'one-off', requestId);
  const billed = oneOffOf(asked, { id, organisationId, account, issueMs });
  const settings = await effectiveFor(stores.settings, { organisationId, accountId });
  const edited = editDraft(invoiceOf(id, [billed], settings), edit);
  const draft = needsApproval ? { ...edited, hold: { kind: 'approval' } as const } : edited;
  const calculations = await calculateRates(stores, taxCalculator, [draft]);
  const calculation = calculations.get(id);
  if (calculation !== undefined && 'error' in calculation) throw calculation.error;
  return { draft, calculations };
}

/** Issues it as the invoice of a bill is. */
export async function createInvoice(
  { stores, nowMs }: ServiceParts,
  session: ClientSession,
  { draft, calculations }: PreparedInvoice,
): Promise<Invoice> {
  const [outcome] = await issueIn(stores, session, [draft], calculations, nowMs);
  assert(outcome !== undefined, 'each draft has an outcome');
  if ('error' in outcome) throw outcome.error;
  if ('dropped' in outcome) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  return outcome.invoice;
}
