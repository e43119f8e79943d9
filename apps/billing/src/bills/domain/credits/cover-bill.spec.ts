import type {
  AccountId,
  BillId,
  ChargeId,
  CreditGrantId,
  CreditUnitId,
  DiscountId,
  FeeId,
} from '@billingrails/ids';
import { decimal, moneyText } from '@billingrails/money';
import { chargeViolations, rate } from '@billingrails/rating';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { CreditGrant } from '../../../credits/domain/credit-grant';
import type { Entry, Posted } from '../bill';
import { exactAmount } from '../charge';
import { coverBill, takenBy, type CoverableBill } from './cover-bill';

const MARCH = { startMs: Date.UTC(2024, 2, 1), endMs: Date.UTC(2024, 3, 1) };
const ONCE = { quantity: decimal(1n), eventCount: 0n };
const inMajor = (minorUnits: number) =>
  decimal(moneyText({ currencyCode: 'USD', minorUnits: BigInt(minorUnits) }));

/** What is let off of a fee, as a fee of its own. */
const OFF = 100;

/** What a bill adds to a charge that came to `before` cents, and comes to `now`. */
function entry(fee: number, now: number, before = 0): Entry {
  const size = Math.abs(now);
  const part = {
    period: MARCH,
    rated: rate({ kind: 'flat', amount: inMajor(size) }, ONCE),
    ...(now < 0 ? { credited: true } : {}),
  };
  const charge = {
    ...{ id: `chg_${fee}` as ChargeId, feeId: `fee_${fee}` as FeeId },
    ...(fee < OFF
      ? {}
      : {
          discount: {
            discountId: 'dsc_1' as DiscountId,
            coveredChargeId: `chg_${fee - OFF}` as ChargeId,
          },
        }),
    ...({
      kind: 'recurring',
      cycle: 0,
      description: `Fee ${fee}`,
      unit: '',
      parts: [part],
    } as const),
  };
  const line = {
    ...{ kind: 'recurring' as const, part, billed: inMajor(before) },
    ...{ exactAmount: inMajor(now - before), minorUnits: BigInt(now - before) },
  };
  return { charge, lines: [line], roundedMinorUnits: BigInt(now) };
}

function grant(id: number, fees?: readonly number[]): CreditGrant {
  const scope = fees && { feeIds: fees.map((fee) => `fee_${fee}` as FeeId), meterProfiles: [] };
  return {
    ...{ id: `cgr_${id}` as CreditGrantId, accountId: 'acct_1' as AccountId },
    ...{ creditUnitId: 'cun_1' as CreditUnitId, amount: decimal(1_000n), priority: 0 },
    ...{ category: 'promotional', effectiveMs: 0, createMs: 0, memo: '' },
    ...(scope === undefined ? {} : { scope }),
  };
}

/** Bills one after another, as a ledger has them, with what is left of each grant. */
class Bills {
  readonly #posted = new Map<string, Posted>();
  readonly #rounded = new Map<number, number>();
  readonly #billed = new Map<string, Posted>();
  readonly left: number[];
  number = 0;

  constructor(
    readonly grants: readonly CreditGrant[],
    left: readonly number[],
  ) {
    this.left = [...left];
  }

  /** What the fees come to now, in cents; the credits of the bill that says so. */
  bill(now: ReadonlyMap<number, number>): { readonly credits: Entry[]; readonly total: number } {
    const entries = [...now].flatMap(([fee, cents]) => {
      const before = this.#rounded.get(fee) ?? 0;
      return cents === before ? [] : [entry(fee, cents, before)];
    });
    const bill: CoverableBill = {
      ...{ organisationId: 'org_1', subscriptionId: 'sub_1', number: this.number },
      ...{ currencyCode: 'USD', entries, credited: [...this.#posted.values()] },
      billed: new Map(this.#billed),
    };
    const { back, takeOff } = coverBill(bill);
    this.#take(back);
    const left = this.grants.map((each, index) => {
      return { grant: each, leftMinorUnits: BigInt(this.left[index] ?? 0) };
    });
    const taken = takeOff(left);
    this.#take(taken);
    const credits = [...back, ...taken];
    const billId = `bill_${this.number}` as BillId;
    for (const { charge, roundedMinorUnits } of entries)
      this.#billed.set(charge.id, { charge, roundedMinorUnits, billId });
    for (const { charge, roundedMinorUnits } of credits)
      this.#posted.set(charge.id, { charge, roundedMinorUnits, billId });
    for (const [fee, cents] of now) this.#rounded.set(fee, cents);
    this.number += 1;
    const lines = [...entries, ...credits].flatMap((each) => each.lines);
    return { credits, total: lines.reduce((sum, { minorUnits }) => sum + Number(minorUnits), 0) };
  }

  #take(credits: readonly Entry[]): void {
    for (const each of credits) {
      const taken = takenBy(each);
      const index = this.grants.findIndex(({ id }) => id === taken?.creditGrantId);
      this.left[index] = (this.left[index] ?? 0) - Number(taken?.minorUnits ?? 0n);
    }
  }

  /** What credits have been taken off a fee so far, in cents. */
  takenOff(fee: number): number {
    return [...this.#posted.values()]
      .filter(({ charge }) => charge.credit?.coveredChargeId === `chg_${fee}`)
      .reduce((sum, { roundedMinorUnits }) => sum - Number(roundedMinorUnits), 0);
  }
}

const taken = (credits: readonly Entry[]) =>
  credits.map(({ charge, lines }) => [
    charge.credit?.creditGrantId,
    charge.credit?.coveredChargeId,
    Number(lines[0]?.minorUnits),
  ]);

test.each<[string, CreditGrant[], number[], [number, number][], unknown[]]>([
  [
    'a grant is spread over the charges by what they come to, and the rest is in the last',
    [grant(1)],
    [100],
    [
      [1, 100],
      [2, 100],
      [3, 100],
    ],
    [
      ['cgr_1', 'chg_1', -33],
      ['cgr_1', 'chg_2', -33],
      ['cgr_1', 'chg_3', -34],
    ],
  ],
  [
    'of several grants the first is used up, then the next',
    [grant(1), grant(2)],
    [60, 100],
    [[1, 100]],
    [
      ['cgr_1', 'chg_1', -60],
      ['cgr_2', 'chg_1', -40],
    ],
  ],
  [
    'a limited grant covers its fees alone, and leaves the others to the next',
    [grant(1, [2]), grant(2)],
    [500, 500],
    [
      [1, 100],
      [2, 50],
    ],
    [
      ['cgr_1', 'chg_2', -50],
      ['cgr_2', 'chg_1', -100],
    ],
  ],
  [
    'what the bill credits is taken off first, so that it never comes to less than nothing',
    [grant(1)],
    [500],
    [
      [1, 100],
      [2, -70],
    ],
    [['cgr_1', 'chg_1', -30]],
  ],
  ['a bill that credits more than it charges takes none', [grant(1)], [9], [[1, -5]], []],
])('%s', (_what, grants, left, fees, expected) => {
  expect(taken(new Bills(grants, left).bill(new Map(fees)).credits)).toEqual(expected);
});

test('what was taken off a charge is given back as far as the charge comes to less, the last grant first', () => {
  const bills = new Bills([grant(1), grant(2)], [60, 30]);
  expect(bills.bill(new Map([[1, 100]])).total).toBe(10);
  // Still more than was taken off: only what was paid comes back.
  expect(bills.bill(new Map([[1, 95]]))).toMatchObject({ total: -5, credits: [] });
  const { credits } = bills.bill(new Map([[1, 50]]));
  expect(taken(credits)).toEqual([
    ['cgr_2', 'chg_1', 30],
    ['cgr_1', 'chg_1', 10],
  ]);
  expect(credits[0]?.lines[0]).toMatchObject({ correctsBillId: 'bill_0' });
  expect(bills.left).toEqual([10, 30]);
  // What is charged again is covered again.
  expect(bills.bill(new Map([[1, 80]]))).toMatchObject({ total: 0 });
  expect(bills.takenOff(1)).toBe(80);
});

test('what a bill gives back it takes again for what it adds', () => {
  const bills = new Bills([grant(1)], [60]);
  expect(bills.bill(new Map([[1, 60]])).total).toBe(0);
  const { credits, total } = bills.bill(
    new Map([
      [1, 40],
      [2, 50],
    ]),
  );
  expect(taken(credits)).toEqual([
    ['cgr_1', 'chg_1', 20],
    ['cgr_1', 'chg_2', -20],
  ]);
  // Each is taxed as what it is taken off, though the bill may say of that what is let off it alone.
  expect(credits.map(({ charge }) => charge.feeId)).toEqual(['fee_1', 'fee_2']);
  // 50 more are charged; what credits had paid for what is credited pays 20 of them.
  expect(total).toBe(30);
});

test('what is let off later is given back as far as credits had paid it, and taken again where it is let off no longer', () => {
  const bills = new Bills([grant(1)], [70]);
  expect(bills.bill(new Map([[1, 100]])).total).toBe(30);
  // 20 off: 80 were owed, of which 70 are paid by credits; 10 are given back of what was paid.
  const some = new Map([
    [1, 100],
    [OFF + 1, -20],
  ]);
  expect(bills.bill(some)).toMatchObject({ total: -20, credits: [] });
  const more = bills.bill(
    new Map([
      [1, 100],
      [OFF + 1, -50],
    ]),
  );
  expect([taken(more.credits), more.total]).toEqual([[['cgr_1', 'chg_1', 20]], -10]);
  // The charge falls, too.
  const less = bills.bill(
    new Map([
      [1, 60],
      [OFF + 1, -50],
    ]),
  );
  expect([taken(less.credits), less.total]).toEqual([[['cgr_1', 'chg_1', 40]], 0]);
  const again = bills.bill(
    new Map([
      [1, 60],
      [OFF + 1, 0],
    ]),
  );
  expect([taken(again.credits), again.total]).toEqual([[['cgr_1', 'chg_1', -50]], 0]);
});

test('whatever is billed, and however often, no grant is overdrawn, no charge over-covered and no cent lost', () => {
  const bill = fc.array(
    fc.tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: -30, max: 90 }),
      fc.integer({ min: 0, max: 40 }),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const fees = fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 }));
  const grants = fc.array(fc.tuple(fees, fc.integer({ min: 0, max: 120 })), { maxLength: 3 });
  fc.assert(
    fc.property(grants, fc.array(bill, { maxLength: 5 }), (drafts, history) => {
      const all = drafts.map(([limit], index) => grant(index, limit ?? undefined));
      const granted = drafts.map(([, amount]) => amount);
      const bills = new Bills(all, granted);
      const now = new Map<number, number>();
      for (const change of history) {
        for (const [fee, cents, off] of change)
          now.set(fee, cents).set(OFF + fee, -Math.min(off, Math.max(0, cents)));
        const { credits, total } = bills.bill(now);
        for (const { charge, lines, roundedMinorUnits } of credits) {
          // Each line is explained, and sums with those before it to what is taken off altogether.
          for (const { part } of lines) expect(chargeViolations(part.rated, 'line')).toEqual([]);
          expect(exactAmount(charge.parts).eq(inMajor(Number(roundedMinorUnits)))).toBe(true);
          const covered = all.find(({ id }) => id === charge.credit?.creditGrantId)?.scope?.feeIds;
          const fee = charge.credit?.coveredChargeId.replace('chg_', 'fee_') as FeeId;
          expect(covered === undefined || covered.includes(fee)).toBe(true);
        }
        if (credits.some(({ lines }) => (lines[0]?.minorUnits ?? 0n) < 0n))
          expect(total).toBeGreaterThanOrEqual(0);
        const used = granted.map((amount, index) => amount - (bills.left[index] ?? 0));
        for (const [index, amount] of granted.entries()) {
          expect(bills.left[index]).toBeGreaterThanOrEqual(0);
          expect(bills.left[index]).toBeLessThanOrEqual(amount);
        }
        let off = 0;
        for (const [fee, cents] of now) {
          expect(bills.takenOff(fee)).toBeGreaterThanOrEqual(0);
          const net = cents + (now.get(OFF + fee) ?? 0);
          expect(bills.takenOff(fee)).toBeLessThanOrEqual(Math.max(0, net));
          off += bills.takenOff(fee);
        }
        expect(off).toBe(used.reduce((sum, amount) => sum + amount, 0));
        // The same again bills nothing.
        expect(bills.bill(now)).toEqual({ credits: [], total: 0 });
      }
    }),
    { numRuns: howMany(100, 5_000) },
  );
});
