import { invalid, precondition, type Violation } from '@billingrails/errors';
import { civilDateOf, isCivilDate } from '@billingrails/time';
import { timeZoneOf, type DraftInvoice, type Invoice } from './invoice';
import { customFieldViolations, type CustomField, type InvoiceTerms } from './invoice-terms';

/** What is to stand on a draft; what is unset stays as it is. */
export type TermsEdit = Partial<
  Omit<InvoiceTerms, 'netDays' | 'customFields' | 'bankAccount' | 'branding' | 'usageByDay'>
> & {
  readonly customFields?: readonly CustomField[];
};

/** The draft with what is to stand on it. Throws a DomainError invalid naming every violation. */
export function editDraft(draft: DraftInvoice, edit: TermsEdit): DraftInvoice {
  const violations = [
    ...dueDateViolations(draft, edit.dueDate),
    ...customFieldViolations(edit.customFields ?? [], 'custom_fields.fields'),
  ];
  if (violations.length > 0)
    throw invalid('DRAFT_EDIT_INVALID', 'The draft cannot be changed so.', violations);
  return { ...draft, terms: { ...draft.terms, ...edit } };
}

/** Throws a DomainError precondition where the invoice is finalized: then it never changes. */
export function requireDraft(invoice: Invoice): DraftInvoice {
  if (invoice.status === 'draft') return invoice;
  throw precondition('INVOICE_FINALIZED', `The invoice is finalized, as ${invoice.number}.`);
}

function dueDateViolations(draft: DraftInvoice, dueDate: string | undefined): Violation[] {
  if (dueDate === undefined) return [];
  const fault = (description: string) => [{ field: 'due_date', description }];
  if (!isCivilDate(dueDate)) return fault('must be a date such as "2026-12-01"');
  const issueDate = civilDateOf(draft.issueMs, timeZoneOf(draft));
  return dueDate >= issueDate ? [] : fault(`must not be before the invoice's date, ${issueDate}`);
}
