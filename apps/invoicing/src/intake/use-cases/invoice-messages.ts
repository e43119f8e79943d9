import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { billPartFromBytes } from '../contract/posted-bill';
import { billOf, type BillPart } from '../domain/bill-part';
import type { PostedBill } from '../domain/posted-bill';
import type { BillPartStore } from '../store/bill-parts';
import type { QuarantineStore } from '../store/quarantine';
import { buildInvoice, invoiceIdOf } from '../../invoices/domain/build-invoice';
import type { DraftInvoice } from '../../invoices/domain/invoice';
import {
  issueInvoices,
  type Issued,
  type IssueStores,
  type NotIssued,
} from '../../invoices/use-cases/issue-invoices';

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

/** What came of a message: unset while other parts of its bill have not come. */
export type Intake = Issued | undefined | NotIssued;

/**
 * Issues the invoices of the bills that messages on `billing.bill_posted` hold, or the last parts of: many in one
 * transaction. Doing it again does nothing. The outcomes are in the order of the messages: one that this version of the
 * service can never handle has a DomainError of kind invalid or conflict (see `isRefusal`), and keeps no other.
 */
export async function invoiceMessages(
  stores: IntakeStores,
  messages: readonly Uint8Array[],
  nowMs: () => number,
): Promise<Intake[]> {
  const intakes: Intake[] = [];
  const found: {
    readonly index: number;
    readonly draft: DraftInvoice;
    readonly isLong: boolean;
  }[] = [];
  for (const [index, data] of messages.entries()) {
    try {
      const part = billPartFromBytes(data);
      const isLong = part.partCount > 1;
      const whole = isLong ? await withOtherParts(stores, part, data) : part.bill;
      if (whole !== undefined && 'invoice' in whole) intakes[index] = whole;
      else if (whole !== undefined) found.push({ index, draft: draftOf(whole), isLong });
    } catch (error) {
      intakes[index] = { error };
    }
  }
  const drafts = found.map(({ draft }) => draft);
  const issued = await issueInvoices(stores, drafts, nowMs);
  for (const [place, { index, draft, isLong }] of found.entries()) {
    const intake = issued[place];
    intakes[index] = intake;
    const isIssued = intake !== undefined && 'invoice' in intake;
    if (isLong && isIssued) await stores.billParts.remove(draft.organisationId, draft.billId);
  }
  return Array.from(messages, (_, index) => intakes[index]);
}

/** A long bill once all its parts have come, or its invoice. */
async function withOtherParts(
  stores: IntakeStores,
  { part, bill }: BillPart,
  data: Uint8Array,
): Promise<PostedBill | Issued | undefined> {
  const { organisationId, billId } = bill;
  const issuedBefore = await stores.invoices.find(organisationId, invoiceIdOf(bill));
  // A part that comes again after all: no other will.
  if (issuedBefore?.status === 'finalized') return { invoice: issuedBefore, isNew: false };
  await stores.billParts.add(organisationId, billId, part, data);
  // The call that adds the last part reads all: what others added before is committed.
  const parts = await stores.billParts.of(organisationId, billId);
  return billOf(parts.map(billPartFromBytes));
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
