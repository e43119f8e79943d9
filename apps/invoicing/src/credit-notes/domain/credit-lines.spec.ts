import fc from 'fast-check';
import { decimal } from '@billingrails/money';
import { flatCharge, postedBill, usageCharge } from '../../testing/posted-bills';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { linesOf, type FinalizedInvoice } from '../../invoices/domain/invoice';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import type { Assessment } from '../../totals/domain/assessment';
import { creditLines, type LineRequest } from './credit-lines';
import { grossOf, totalOf, type CreditedLine } from './credit-note';

/** Lines of so many minor units each, with these taxes on top of each. */
function invoiceOf(nets: readonly bigint[], taxes: readonly bigint[][] = []): FinalizedInvoice {
  const lines = nets.map((_, index) =>
    usageCharge(`Line ${index}`, { tiers: [{ quantity: '3', unitAmount: '1' }] }),
  );
  const draft = buildInvoice(postedBill({ lines }));
  const assessed = nets.map((net, index) => ({
    ...{ taxCategory: '', discounts: [], net },
    taxes: (taxes[index] ?? []).map((amount, tax) => ({ tax, amount })),
  }));
  const total = assessed.reduce((sum, line) => sum + grossOf(line), 0n);
  const assessment = { lines: assessed } as unknown as Assessment;
  const whole = { ...draft, assessment, total: { currencyCode: 'USD', minorUnits: total } };
  return finalizeInvoice(whole, 'INV-1', 0);
}

const idOf = (invoice: FinalizedInvoice, place: number): string =>
  linesOf(invoice)[place]?.id ?? '';

const rest = (lineId: string): LineRequest => ({ lineId, part: { kind: 'rest' } });
const byQuantity = (lineId: string, quantity: string): LineRequest => ({
  ...{ lineId, part: { kind: 'quantity', quantity: decimal(quantity) } },
});
const byAmount = (lineId: string, minorUnits: bigint): LineRequest => ({
  ...{ lineId, part: { kind: 'amount', minorUnits } },
});

test('without an assessment a line is taken back as it stands, and the whole with lines that give back', () => {
  const lines = [flatCharge('Fee', '20'), flatCharge('Goodwill', '-3')];
  const invoice = finalizeInvoice(buildInvoice(postedBill({ lines })), 'INV-1', 0);
  const whole = creditLines(invoice, [], []);
  expect(whole.map(({ net }) => net)).toEqual([2000n, -300n]);
  expect(totalOf({ lines: whole })).toBe(1700n);
  expect(creditLines(invoice, whole, [])).toEqual([]);
});

test('thirds by quantity take back all of a line, with its taxes, to the minor unit', () => {
  const invoice = invoiceOf([100n], [[19n, 1n]]);
  const taken: CreditedLine[] = [];
  for (let third = 0; third < 3; third += 1)
    taken.push(...creditLines(invoice, taken, [byQuantity(idOf(invoice, 0), '1')]));
  expect(taken.map(grossOf)).toEqual([40n, 40n, 40n]);
  expect(creditLines(invoice, taken, [])).toEqual([]);
});

test('every fault is named: unknown lines, repeated ones, those that give back, and more than is left', () => {
  const invoice = invoiceOf([100n, -50n, 200n], [[20n]]);
  const [first, second, third] = [0, 1, 2].map((place) => idOf(invoice, place)) as [
    string,
    string,
    string,
  ];
  const requests = [
    rest('line_unknown'),
    byAmount(first, 60n),
    byAmount(first, 1n),
    rest(second),
    byAmount(third, 201n),
    byQuantity(third, '3.1'),
  ];
  const refused = () => creditLines(invoice, [], requests);
  expect(refused).toThrow(
    expect.objectContaining({
      reason: 'CREDIT_NOTE_INVALID',
      violations: [
        { field: 'lines[0].invoice_line_id', description: expect.stringContaining('id of a line') },
        { field: 'lines[2].invoice_line_id', description: 'must stand only once' },
        { field: 'lines[3].invoice_line_id', description: expect.stringContaining('more than 0') },
        {
          field: 'lines[4].amount',
          description: expect.stringContaining('left of the line, 2.00'),
        },
        {
          field: 'lines[5].quantity',
          description: expect.stringContaining('left of the line, 2.00'),
        },
      ],
    }),
  );
});

test('whatever is taken back in whatever order, no line, net amount or tax gives more than it has, and the rest is the rest', () => {
  const cents = fc.bigInt({ min: 0n, max: 400n });
  const line = fc.record({ net: cents, taxes: fc.array(cents, { minLength: 2, maxLength: 2 }) });
  const request = fc.record({ place: fc.nat(2), amount: fc.bigInt({ min: 1n, max: 300n }) });
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 3 }),
      fc.array(request, { maxLength: 8 }),
      (lines, requests) => {
        const invoice = invoiceOf(
          lines.map(({ net }) => net),
          lines.map(({ taxes }) => taxes),
        );
        const taken: CreditedLine[] = [];
        for (const { place, amount } of requests) {
          const id = idOf(invoice, place % lines.length);
          try {
            const [credited] = creditLines(invoice, taken, [byAmount(id, amount)]);
            expect(credited && grossOf(credited)).toBe(amount);
            if (credited) taken.push(credited);
          } catch (error) {
            expect(error).toMatchObject({ reason: 'CREDIT_NOTE_INVALID' });
          }
        }
        for (const part of taken)
          for (const amount of [part.net, ...part.taxes.map((tax) => tax.amount)])
            expect(amount >= 0n).toBe(true);
        const all = [...taken, ...creditLines(invoice, taken, [])];
        expect(totalOf({ lines: all })).toBe(invoice.total.minorUnits);
        for (const [place, { net, taxes }] of lines.entries()) {
          const own = all.filter(({ lineId }) => lineId === idOf(invoice, place));
          expect(own.reduce((sum, each) => sum + each.net, 0n)).toBe(net);
          for (const [tax, amount] of taxes.entries())
            expect(own.reduce((sum, each) => sum + (each.taxes[tax]?.amount ?? 0n), 0n)).toBe(
              amount,
            );
        }
      },
    ),
  );
});
