import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { toJson, create } from '@bufbuild/protobuf';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { priceViolations, rate, shareAmount, type Price } from '@billingrails/rating';
import { BOUNDED, PRICES, TERMS } from '@billingrails/rating/testing';
import { randomSeed } from '@billingrails/testing';
import * as fc from 'fast-check';
import { invoiceToProto } from '../../../apps/invoicing/src/invoices/contract/invoice';
import { buildInvoice } from '../../../apps/invoicing/src/invoices/domain/build-invoice';
import type { DraftInvoice } from '../../../apps/invoicing/src/invoices/domain/invoice';
import { NO_TAX_SETTINGS } from '../../../apps/invoicing/src/taxes/domain/tax-settings';
import type { TaxRate } from '../../../apps/invoicing/src/taxes/domain/tax-rate';
import type { PostedLine } from '../../../apps/invoicing/src/intake/domain/posted-bill';
import { flatCharge, postedBill } from '../../../apps/invoicing/src/testing/posted-bills';
import { assessInvoice } from '../../../apps/invoicing/src/totals/domain/assess-invoice';

const PROGRAM = join(__dirname, '../../recompute/invoice.py');
const place = { lines: [], city: '', postalCode: '', region: '', countryCode: 'DE' };

const PRODUCT = { id: derivedId('prod', 'one'), name: 'Product' };
const ADD_ON = derivedId('plan', 'add-on');

const drawn = fc.record({
  amounts: fc.array(fc.integer({ min: -3_000, max: 90_000 }), { maxLength: 8 }),
  credited: fc.boolean(),
  included: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  rates: fc.array(
    fc.record({ points: fc.integer({ min: 0, max: 2_500 }), compound: fc.boolean() }),
    {
      maxLength: 3,
    },
  ),
  offs: fc.array(fc.integer({ min: 1, max: 10_000 }), { maxLength: 3 }),
  /** Of each discount the fees of whose lines it is; none: of all lines. */
  fees: fc.array(fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), { minLength: 3, maxLength: 3 }),
  rounding: fc.constantFrom('invoice' as const, 'line' as const),
});

/** Hundredths as a decimal. */
const hundredths = (value: number) => decimal(value).mul(decimal('0.01'));

/** An invoice with random lines, discounts and taxes; the last line may be a promotional credit. */
function invoiceOf(given: typeof drawn extends fc.Arbitrary<infer T> ? T : never): DraftInvoice {
  const names = given.amounts.map((_, index) => `Fee ${index}`);
  const lines = given.amounts.map((amount, index) => {
    const isLast = index === given.amounts.length - 1;
    const line = {
      ...flatCharge(names[index] ?? '', hundredths(amount).toString()),
      ...(index < 2 ? { product: PRODUCT } : {}),
      ...(index === 7 ? { planId: ADD_ON } : {}),
    };
    const creditGrantId = derivedId('cgr', 'one');
    const credit = { creditGrantId, coveredChargeId: derivedId('chg', 'Fee 0') };
    return isLast && given.credited && amount < 0
      ? { ...line, kind: 'promotional_credit' as const, credit }
      : line;
  });
  const rates = given.rates.map(({ points, compound }, index): TaxRate => ({
    ...{ id: derivedId('txr', String(index)), name: `Tax ${index}`, compound, countryCode: 'DE' },
    ...{ percent: hundredths(points), region: '', postalCodePrefix: '', category: '', note: '' },
  }));
  return assessInvoice(buildInvoice(postedBill({ lines })), {
    discounts: given.offs.map((off, index) => ({
      ...{ redemptionId: derivedId('cpr', String(index)), couponId: derivedId('cpn', 'one') },
      ...{ name: 'Off', code: 'OFF' },
      ...scopeOf(given.fees[index] ?? []),
      off:
        index % 2 === 0
          ? { kind: 'percent', percent: hundredths(off) }
          : { kind: 'amount', minorUnits: BigInt(off) },
    })),
    taxes: {
      settings: {
        ...{ ...NO_TAX_SETTINGS, calculation: 'rates', rounding: given.rounding },
        seller: { name: 'Seller', taxIds: [], address: place },
      },
      details: { taxIds: [] },
      feeTaxes: new Map(
        names.map((name, index) => [
          derivedId('fee', name),
          { category: '', priceIncludesTax: given.included[index] ?? false },
        ]),
      ),
      rates,
    },
  });
}

/** Of fees by their places: the first two by their product, those of add-ons by their plan, others by themselves. */
function scopeOf(fees: readonly number[]) {
  if (fees.length === 0) return {};
  return {
    appliesTo: {
      productIds: fees.some((fee) => fee < 2) ? [PRODUCT.id] : [],
      planIds: fees.includes(7) ? [ADD_ON] : [],
      feeIds: fees
        .filter((fee) => 2 <= fee && fee < 7)
        .map((fee) => derivedId('fee', `Fee ${fee}`)),
    },
  };
}

/** The program's last line, for invoices one a line. */
async function recomputed(invoices: readonly object[]) {
  const output = await new Promise<string>((resolve, reject) => {
    const child = execFile('python3', [PROGRAM], (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`python3 has no answer: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
    child.stdin?.end(invoices.map((invoice) => JSON.stringify(invoice)).join('\n'));
  });
  const lines = output.trim().split('\n');
  return { result: JSON.parse(lines.pop() ?? '') as object, differences: lines };
}

const invoices = fc.sample(drawn, { numRuns: 200, seed: randomSeed() }).map((given) =>
  toJson(InvoiceSchema, create(InvoiceSchema, invoiceToProto(invoiceOf(given), undefined, 0)), {
    useProtoFieldName: true,
  }),
);

test('another program, in another language, comes to the same discounts, taxes and totals', async () => {
  const { result, differences } = await recomputed(invoices as object[]);
  expect(differences).toEqual([]);
  expect(result).toEqual({ invoices: 200, differences: 0 });
});

test('it finds a tax, a discount, a part and a total that are wrong by one minor unit', async () => {
  const given = {
    ...{ amounts: [10_000, 5_000], credited: false, included: [true, false] },
    ...{ offs: [1_000], fees: [[0, 2]] },
    ...{ rates: [{ points: 1_900, compound: false }], rounding: 'invoice' as const },
  };
  const proto = create(InvoiceSchema, invoiceToProto(invoiceOf(given), undefined, 0));
  const text = JSON.stringify(toJson(InvoiceSchema, proto, { useProtoFieldName: true }));
  // Tax, another tax, discount, its part, total; each wherever it stands, but for what is still due.
  const wrong = ['14.37', '8.55', '15.00', '5.00', '143.55'].flatMap((amount) => {
    const parts = text.split(`"amount":"${amount}"`);
    return parts.slice(1).flatMap((_, index) => {
      const before = parts.slice(0, index + 1).join(`"amount":"${amount}"`);
      const after = parts.slice(index + 1).join(`"amount":"${amount}"`);
      if (before.endsWith('"amount_due":{"currency_code":"USD",')) return [];
      const changed = `${amount.slice(0, -1)}${(Number(amount.slice(-1)) + 1) % 10}`;
      return [JSON.parse(`${before}"amount":"${changed}"${after}`) as object];
    });
  });
  expect(wrong.length).toBeGreaterThan(6);
  const named = wrong.map((each, index) => ({ ...each, number: `WRONG-${index}` }));
  const { differences } = await recomputed(named);
  const found = new Set(differences.map((line) => line.split(':')[0]));
  expect(named.map(({ number }) => number).filter((number) => !found.has(number))).toEqual([]);
});

const SHARE = { from: { part: 3n, whole: 31n }, until: { part: 17n, whole: 31n } };

/** Every model with and without terms over quantities, some shared, credited, and less what was billed before. */
function everyLine(): PostedLine[] {
  const partlyFree = { ...BOUNDED, freeAmount: decimal('5.5') };
  const models = [...Object.values(PRICES), BOUNDED, partlyFree];
  const prices = models.flatMap((price): Price[] => {
    const { divisor: _divisor, rounding: _rounding, ...plain } = TERMS;
    const { minimum, maximum, percentOff, amountOff } = TERMS;
    const ofAmounts = { minimum, maximum, percentOff, amountOff };
    return [{}, TERMS, plain, ofAmounts].map((terms) => ({ ...price, terms }) as Price);
  });
  return prices
    .filter((price) => priceViolations(price, 'price').length === 0)
    .flatMap((price, place) =>
      ['-15', '0', '3', '10.5', '1210.25', '533333.333'].map((text, index): PostedLine => {
        const carried = [{ cycle: 1n, units: decimal('4.25') }];
        const quantity = decimal(text);
        const transactions = [{ amount: quantity, count: 1n }];
        const usage = { quantity, eventCount: 1n, carried, transactions };
        const rated = rate(price, usage);
        const isPart = index % 2 === 1;
        const credited = index % 3 === 2;
        const billedAmount = decimal(index === 4 ? '3.217' : '0');
        const whole = isPart ? shareAmount(rated.amount, SHARE) : rated.amount;
        return {
          ...flatCharge(`${price.kind} ${place} of ${text}`, '0'),
          ...{ quantity, steps: rated.steps, credited, billedAmount },
          ...(isPart ? { share: SHARE } : {}),
          exactAmount: (credited ? whole.neg() : whole).sub(billedAmount),
        };
      }),
    );
}

const proto = (invoice: DraftInvoice) =>
  toJson(InvoiceSchema, create(InvoiceSchema, invoiceToProto(invoice, undefined, 0)), {
    useProtoFieldName: true,
  }) as unknown as { readonly lines: readonly object[] };

test('it comes from the quantity over every step to the amount, of every model and term', async () => {
  const lines = everyLine();
  const invoice = proto(buildInvoice(postedBill({ lines })));
  const kinds = new Set(JSON.stringify(invoice.lines).match(/"(?!quantity|amount)[a-z_]+":\{/g));
  expect(kinds.size).toBeGreaterThan(14);
  const { result, differences } = await recomputed([invoice]);
  expect(differences).toEqual([]);
  expect(result).toEqual({ invoices: 1, differences: 0 });
});

test('it finds every figure of a line that is wrong', async () => {
  const [first, ...others] = everyLine().filter(({ steps }) => steps.length > 2);
  const { lines, ...invoice } = proto(
    buildInvoice(postedBill({ lines: [first, others.at(-1)].flatMap((each) => each ?? []) })),
  );
  const texts = lines.map((line) => JSON.stringify(line));
  const figures =
    /"(?:quantity|amount|exact_amount|billed_amount|amount_before|used)":"-?[0-9.]+"/g;
  const wrong = texts.flatMap((text, place) =>
    [...text.matchAll(figures)].map(({ 0: figure, index }) => {
      const digits = figure.replace(
        /([0-9])"$/,
        (_, last: string) => `${(Number(last) + 1) % 10}"`,
      );
      const changed = text.slice(0, index) + digits + text.slice(index + figure.length);
      const own = texts.map((each, at) => JSON.parse(at === place ? changed : each) as object);
      return { ...invoice, lines: own };
    }),
  );
  expect(wrong.length).toBeGreaterThan(20);
  // Each with charges of its own, as those that are known together are rounded together.
  const named = wrong.map((each, index) => {
    const text = JSON.stringify({ ...each, number: `WRONG-${index}` });
    return JSON.parse(text.replaceAll('"charge_id":"', `"charge_id":"${index}-`)) as object;
  });
  const { differences } = await recomputed(named);
  const found = new Set(differences.map((line) => line.split(':')[0]));
  expect(wrong.map((_, index) => `WRONG-${index}`).filter((name) => !found.has(name))).toEqual([]);
});
