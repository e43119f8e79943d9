import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { billPartFromBytes } from '../contract/posted-bill';
import { billOf } from '../domain/bill-part';
import type { PostedBill } from '../domain/posted-bill';
import type { BillPartStore } from '../store/bill-parts';
import type { QuarantineStore } from '../store/quarantine';
import { buildInvoice, invoiceIdOf } from '../../invoices/domain/build-invoice';
import type { DraftInvoice } from '../../invoices/domain/invoice';
import {
  issueInvoice,
  type Issued,
  type IssueStores,
} from '../../invoices/use-cases/issue-invoice';

/** What handling a message needs of the stores. */
export interface IntakeStores extends IssueStores {
  readonly billParts: BillPartStore;
}

/** What handles messages, at once and again from the quarantine. */
export interface IntakeParts {
  readonly stores: IntakeStores & { readonly quarantine: QuarantineStore };
  readonly logger: Logger;
  /** The server's clock. */
  readonly nowMs: () => number;
}

/**
 * Issues the invoice of the bill that a message on `billing.bill_posted` holds, or the last part of; undefined while
 * other parts have not come. Doing it again does nothing. Throws a DomainError of kind invalid or conflict (see
 * `isRefusal`) when this version of the service can never handle the message.
 */
export async function invoiceMessage(
  stores: IntakeStores,
  data: Uint8Array,
  nowMs: () => number,
): Promise<Issued | undefined> {
  const part = billPartFromBytes(data);
  if (part.partCount === 1) return issueInvoice(stores, draftOf(part.bill), nowMs);
  const { organisationId, billId } = part.bill;
  const issuedBefore = await stores.invoices.find(organisationId, invoiceIdOf(part.bill));
  // A part that comes again after all: no other will.
  if (issuedBefore?.status === 'finalized') return { invoice: issuedBefore, isNew: false };
  await stores.billParts.add(organisationId, billId, part.part, data);
  // The call that adds the last part reads all: what others added before is committed.
  const parts = await stores.billParts.of(organisationId, billId);
  const bill = billOf(parts.map(billPartFromBytes));
  if (bill === undefined) return undefined;
  const issued = await issueInvoice(stores, draftOf(bill), nowMs);
  await stores.billParts.remove(organisationId, billId);
  return issued;
}

/**
 * Whether the message itself was refused: trying again cannot help. Failures of infrastructure never refuse anything.
 */
export function isRefusal(error: unknown): error is DomainError {
  return error instanceof DomainError && (error.kind === 'invalid' || error.kind === 'conflict');
}

/** What a person needs to see why: every violation with its path, or the cause. */
export function explanationOf({ message, violations, cause }: DomainError): string {
  const details = violations.map(({ field, description }) => `${field} ${description}`);
  if (cause !== undefined) details.push(String(cause));
  return [message, ...details].join('\n');
}

/** Pure, so whatever it throws, it would throw again: even an assertion that failed refuses the message. */
function draftOf(bill: PostedBill): DraftInvoice {
  try {
    return buildInvoice(bill);
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    const message = 'The invoice could not be computed.';
    throw new DomainError('invalid', 'INVOICE_NOT_COMPUTED', message, [], { cause });
  }
}
