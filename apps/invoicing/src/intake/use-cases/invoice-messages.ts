import { DomainError } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import type { BillsTogether } from '../domain/together';
import type { PartsKey } from '../store/bill-parts';
import type { QuarantineStore } from '../store/quarantine';
import { buildJointInvoice } from '../../invoices/domain/build-invoice';
import type { DraftInvoice } from '../../invoices/domain/invoice';
import type { InvoicingSettings } from '../../settings/domain/invoicing-settings';
import { payerOf } from '../domain/together';
import { issueInvoices } from '../../invoices/use-cases/issue-invoices';
import { gatherParts, type Gathering, type Intake, type IntakeStores } from './gather-parts';

/** What handles messages, at once and again from the quarantine. */
export interface IntakeParts {
  readonly stores: IntakeStores & { readonly quarantine: QuarantineStore };
  readonly logger: Logger;
  /** The server's clock. */
  readonly nowMs: () => number;
}

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
  const { gathered, settled } = await gatherParts(stores, messages);
  const found: { readonly gathering: Gathering; readonly draft: DraftInvoice }[] = [];
  const settle = ({ indexes }: Gathering, intake: Intake): void => {
    for (const index of indexes) intakes[index] = intake;
  };
  for (const { gathering, intake } of settled) settle(gathering, intake);
  const owners = gathered.map(({ gathering: { organisationId }, bills: { bills } }) => {
    return { organisationId, accountId: payerOf(bills[0]) };
  });
  const settings = await stores.settings.effective(owners);
  for (const [place, { gathering, bills }] of gathered.entries()) {
    try {
      found.push({ gathering, draft: draftOf(bills, settings[place]) });
    } catch (error) {
      settle(gathering, { error });
    }
  }
  const drafts = found.map(({ draft }) => draft);
  const issued = await issueInvoices(stores, drafts, nowMs);
  const done: PartsKey[] = [];
  for (const [place, { gathering }] of found.entries()) {
    const intake = issued[place];
    settle(gathering, intake);
    const isIssued = intake !== undefined && !('error' in intake);
    if (gathering.partCount > 1 && isIssued) done.push(gathering);
  }
  await stores.billParts.remove(done);
  return Array.from(messages, (_, index) => intakes[index]);
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
function draftOf(bills: BillsTogether, settings: InvoicingSettings | undefined): DraftInvoice {
  try {
    return buildJointInvoice(bills, settings);
  } catch (cause) {
    if (cause instanceof DomainError) throw cause;
    const message = 'The invoice could not be computed.';
    throw new DomainError('invalid', 'INVOICE_NOT_COMPUTED', message, [], { cause });
  }
}
