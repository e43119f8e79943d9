import { eCreditNoteOf } from '../domain/from-credit-note';
import { eInvoiceOf } from '../domain/from-invoice';
import { leavesOf, rewritten } from '../testing/published-rules';
import { CREDIT_NOTES, SAMPLES } from '../testing/samples';
import { writeCii } from './cii';
import { writeUbl } from './ubl';

const documents = [
  ...Object.entries(SAMPLES).map(([name, invoice]) => [name, eInvoiceOf(invoice)] as const),
  ...Object.entries(CREDIT_NOTES).map(
    ([name, [creditNote, invoice]]) =>
      [`credit note ${name}`, eCreditNoteOf(creditNote, invoice)] as const,
  ),
];

test.each(documents)(
  '%s follows the published rules, and CII says the same',
  async (_, document) => {
    const ubl = writeUbl(document);
    expect(leavesOf(await rewritten(ubl, 'UBL'))).toEqual(leavesOf(ubl));
    expect(leavesOf(writeCii(document))).toEqual(leavesOf(await rewritten(ubl, 'CII')));
  },
);
