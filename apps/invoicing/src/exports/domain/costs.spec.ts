import { decimal } from '@billingrails/money';
import * as fc from 'fast-check';
import { totalOf } from '../../credit-notes/domain/credit-note';
import { CREDIT_NOTES, sampleInvoice, SAMPLES } from '../../e-invoices/testing/samples';
import { linesOf } from '../../invoices/domain/invoice';
import { flatCharge, usageCharge } from '../../testing/posted-bills';
import { costsOfCreditNote, costsOfInvoice, type Cost } from './costs';

const billedOf = (costs: readonly Cost[]) => costs.reduce((sum, { billed }) => sum + billed, 0n);

/** What FOCUS 1.2 asks of every row. */
function expectRules(costs: readonly Cost[]): void {
  for (const cost of costs) {
    const { category, frequency, isCorrection, pricedQuantity, consumedQuantity } = cost;
    if (category === 'Purchase') expect(frequency).not.toBe('Usage-Based');
    if (category === 'Tax') expect(pricedQuantity).toBeUndefined();
    if ((category === 'Usage' || category === 'Purchase') && !isCorrection)
      expect(pricedQuantity).toBeDefined();
    expect(consumedQuantity === undefined).toBe(category !== 'Usage' || isCorrection);
    if (category === 'Credit' || category === 'Adjustment') {
      expect(cost.list).toBe(cost.billed);
      expect(cost.effective).toBe(cost.billed);
    }
  }
}

test.each(Object.entries(SAMPLES))(
  'the costs of an invoice sum to its total, each line’s to what it comes to: %s',
  (_name, invoice) => {
    const costs = costsOfInvoice(invoice);
    expect(billedOf(costs)).toBe(invoice.total.minorUnits);
    for (const [place, line] of linesOf(invoice).entries()) {
      const assessed = invoice.assessment?.lines[place];
      const taxes = (assessed?.taxes ?? []).reduce((sum, tax) => sum + tax.amount, 0n);
      const net = assessed?.net ?? line.amount.minorUnits;
      expect(billedOf(costs.filter((cost) => cost.line === line))).toBe(net + taxes);
    }
    expectRules(costs);
  },
);

test.each(Object.entries(CREDIT_NOTES))(
  'the costs of a credit note sum to its total negated, and are corrections: %s',
  (_name, [creditNote, invoice]) => {
    const costs = costsOfCreditNote(creditNote, invoice);
    expect(billedOf(costs)).toBe(-totalOf(creditNote));
    expect(costs.every(({ isCorrection }) => isCorrection)).toBe(true);
    expectRules(costs);
  },
);

test('whatever is charged, let off and taxed, what is billed sums to the total', () => {
  const cents = fc.integer({ min: 0, max: 200_000 });
  const off = fc.oneof(
    fc.record({
      kind: fc.constant('percent' as const),
      points: fc.integer({ min: 1, max: 10_000 }),
    }),
    fc.record({ kind: fc.constant('amount' as const), points: cents.map((each) => each + 1) }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('', 'books', 'stamps'), cents), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(off, { maxLength: 3 }),
      fc.boolean(),
      (lines, offs, pricesIncludeTax) => {
        const invoice = sampleInvoice({
          bill: {
            lines: lines.map(([, amount], place) =>
              place % 2 === 0
                ? flatCharge(`Line ${place}`, decimal(`${amount}e-2`).toString())
                : usageCharge(`Line ${place}`, {
                    tiers: [{ quantity: String(amount), unitAmount: '0.013' }],
                  }),
            ),
          },
          settings: { pricesIncludeTax },
          categories: Object.fromEntries(lines.map(([kind], place) => [`Line ${place}`, kind])),
          off: offs.map(({ kind, points }) =>
            kind === 'percent'
              ? { kind, percent: decimal(`${points}e-2`) }
              : { kind, minorUnits: BigInt(points) },
          ),
        });
        const costs = costsOfInvoice(invoice);
        expect(billedOf(costs)).toBe(invoice.total.minorUnits);
        // Coupons make nothing dearer.
        for (const { list, billed } of costs) expect(list >= billed).toBe(true);
        expectRules(costs);
      },
    ),
    { numRuns: 100 },
  );
});

test('before coupons: with taxes on top the line’s amount, with included ones its part without them', () => {
  const off = [{ kind: 'percent' as const, percent: decimal('50') }];
  const bill = { lines: [flatCharge('Fee', '119')] };
  const [onTop, tax] = costsOfInvoice(sampleInvoice({ bill, off }));
  expect([onTop?.list, onTop?.billed, tax?.list, tax?.billed]).toEqual([
    11_900n,
    5_950n,
    2_262n,
    1_131n,
  ]);
  const settings = { pricesIncludeTax: true };
  const [within, included] = costsOfInvoice(sampleInvoice({ bill, off, settings }));
  expect([within?.list, within?.billed, included?.list, included?.billed]).toEqual([
    10_000n,
    5_000n,
    1_900n,
    950n,
  ]);
});

test('buying credits costs nothing over time: what they pay for does', () => {
  const costs = costsOfInvoice({ ...SAMPLES.plain, buysCredits: true });
  expect(costs.map(({ effective }) => effective)).toEqual(costs.map(() => 0n));
  expect(billedOf(costs)).toBe(SAMPLES.plain.total.minorUnits);
});

test('a charge says what it is, and a tax which and of what', () => {
  const costs = costsOfInvoice(SAMPLES['gives-back']);
  expect(
    costs.map(({ category, frequency, isCorrection, description }) =>
      [category, frequency, isCorrection ? 'Correction' : '', description].join('|'),
    ),
  ).toEqual([
    'Usage|Usage-Based||Advice',
    'Tax|Usage-Based||VAT 19 %: Advice',
    'Purchase|Recurring|Correction|Support',
    'Tax|Recurring|Correction|VAT 19 %: Support',
  ]);
});
