import { DomainError } from '@billingrails/errors';
import { closedPeriodFromBytes } from './contract/closed-period';
import { buildInvoice } from '../invoices/domain/build-invoice';
import type { DraftInvoice } from '../invoices/domain/invoice';
import { issueInvoice, type Issued, type IssueStores } from '../invoices/store/issue-invoice';

/**
 * Issues the invoice of a message on `billing.period_closed`. Doing it again does nothing. Throws a DomainError of kind
 * invalid or conflict (see `isRefusal`) when this version of the service can never handle the message.
 */
export async function invoiceMessage(
  stores: IssueStores,
  data: Uint8Array,
  nowMs: () => number,
): Promise<Issued> {
  return issueInvoice(stores, draftOf(data), nowMs);
}

/** Whether the message itself was refused: trying again cannot help. Failures of infrastructure never refuse anything. */
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
function draftOf(data: Uint8Array): DraftInvoice {
  try {
    return buildInvoice(closedPeriodFromBytes(data));
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    const message = 'The invoice could not be computed.';
    throw new DomainError('invalid', 'INVOICE_NOT_COMPUTED', message, [], { cause });
  }
}
