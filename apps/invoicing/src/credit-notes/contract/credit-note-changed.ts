import { objectChanged } from '@billingrails/bus';
import { CreditNoteSchema } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_pb';
import type { OutboxMessage } from '@billingrails/mongo';
import type { CreditNote } from '../domain/credit-note';
import { creditNoteToProto } from './credit-note';

/** The message that tells that a credit note was created. `isTest`: of a test account. */
export function creditNoteCreated(creditNote: CreditNote, isTest: boolean): OutboxMessage {
  const { id: objectId, organisationId, accountId, issueMs, finalizeMs } = creditNote;
  return objectChanged({
    ...{ type: 'credit_note.created', organisationId, accountId, objectId, isTest },
    ...{ occurMs: issueMs, createMs: finalizeMs },
    schema: CreditNoteSchema,
    object: creditNoteToProto(creditNote),
  });
}
