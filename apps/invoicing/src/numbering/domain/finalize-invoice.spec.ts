import { postedBill } from '../../testing/posted-bills';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { amountDueOf } from '../../invoices/domain/invoice';
import { DEFAULT_SETTINGS } from '../../settings/domain/invoicing-settings';
import { finalizeInvoice } from './finalize-invoice';
import { sameContent } from '../../invoices/domain/same-content';

test('finalizing adds the number, the time and what the balance took, and changes nothing else', () => {
  const draft = buildInvoice(postedBill());
  const finalized = finalizeInvoice(draft, 'INV-000007', 1234, 261n);
  expect(finalized).toEqual({
    ...draft,
    status: 'finalized',
    number: 'INV-000007',
    finalizeMs: 1234,
    balanceApplied: { currencyCode: 'USD', minorUnits: 261n },
  });
  expect(amountDueOf(finalized)).toEqual({ currencyCode: 'USD', minorUnits: 4000n });
  expect(sameContent(finalized, draft)).toBe(true);
});

test('an invoice has not the same content as a draft of other bills; what settings put on it may be another', () => {
  const finalized = finalizeInvoice(buildInvoice(postedBill()), 'INV-000007', 1234);
  expect(sameContent(finalized, buildInvoice(postedBill({ planName: 'Other' })))).toBe(false);
  expect(sameContent(finalized, buildInvoice(postedBill({ lines: [] })))).toBe(false);
  const settings = {
    ...DEFAULT_SETTINGS,
    netDays: 7,
    memo: 'Thank you',
    finalization: 'on_approval',
  } as const;
  expect(sameContent(finalized, buildInvoice(postedBill(), settings))).toBe(true);
});

test('an invoice that was stored before lines said their plan has the same content as its bill', () => {
  const draft = buildInvoice(postedBill());
  const sections = draft.sections.map((section) => ({
    ...section,
    lines: section.lines.map(({ planId: _planId, ...line }) => line),
  }));
  const stored = finalizeInvoice({ ...draft, sections }, 'INV-000007', 1234);
  expect(sameContent(stored, draft)).toBe(true);
});
