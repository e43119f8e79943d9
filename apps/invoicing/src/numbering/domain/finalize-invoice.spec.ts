import { postedBill } from '../../testing/posted-bills';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { finalizeInvoice, invoiceNumber } from './finalize-invoice';
import { sameContent } from '../../invoices/domain/same-content';

test.each([
  [1, 'INV-000001'],
  [999_999, 'INV-999999'],
  [1_000_000, 'INV-1000000'],
])('the number of place %s is %s', (sequence, number) => {
  expect(invoiceNumber(sequence)).toBe(number);
});

test.each([0, -1, 1.5, Infinity])('there is no number of place %s', (sequence) => {
  expect(() => invoiceNumber(sequence)).toThrow('sequences count from 1');
});

test('finalizing adds the number and the time, and changes nothing else', () => {
  const draft = buildInvoice(postedBill());
  const finalized = finalizeInvoice(draft, 7, 1234);
  expect(finalized).toEqual({
    ...draft,
    status: 'finalized',
    number: 'INV-000007',
    finalizeMs: 1234,
  });
  expect(sameContent(finalized, draft)).toBe(true);
});

test('an invoice has not the same content as a draft that says anything else', () => {
  const finalized = finalizeInvoice(buildInvoice(postedBill()), 7, 1234);
  expect(sameContent(finalized, buildInvoice(postedBill({ planName: 'Other' })))).toBe(false);
  expect(sameContent(finalized, buildInvoice(postedBill({ lines: [] })))).toBe(false);
});
