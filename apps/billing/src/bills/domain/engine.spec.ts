import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { Discount } from '../../catalogue/domain/discount';
import type { Fact } from '../../subscriptions/domain/fact';
import type { Entry } from './bill';
import type { CycleRange } from './obligations';
import { simulated } from './simulation';
import { agreementOf, factAt, newLedger, type Meter } from './testing/ledger';
import { oracleCents, oracleEarly, roundFraction } from './testing/oracle';
import { oracleAmountsOff } from './testing/oracle-discounts';
import { oracleCommitments } from './testing/oracle-commitments';
import {
  addOns,
  correctedBy,
  correctionOf,
  nameOf,
  oracleCommitted,
  oracleFees,
  plansOf,
  priceOf,
  termsOf,
  versionName,
  versions,
} from './testing/oracle-plans';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);
const CYCLES = 2;
const RUNS = { numRuns: howMany(15, 200) };
const END = Date.UTC(2024, CYCLES, 1);

const hours = fc.integer({ min: 0, max: (END - START) / HOUR - 1 }).map((h) => START + h * HOUR);
const proration = fc.constantFrom('second' as const, 'day' as const, 'none' as const);
const change = fc.oneof(
  fc.constantFrom(...versions).map((ref) => ({ kind: 'plan_changed' as const, ...ref })),
  fc.record({
    kind: fc.constant('quantity_changed' as const),
    quantity: fc.integer({ min: 0, max: 9 }).map(decimal),
  }),
  fc
    .record({ fee: fc.constantFrom(...oracleFees), cents: fc.integer({ min: 0, max: 3000 }) })
    .map(({ fee, cents }) => correctionOf(fee, BigInt(cents))),
);
/** Add-ons and single fees, as one subscription alone has them. */
const besides = fc.oneof(
  fc
    .record({ ref: fc.constantFrom(...addOns), count: fc.integer({ min: 0, max: 3 }) })
    .map(({ ref, count }) => {
      return { kind: 'add_on_changed' as const, ...ref, quantity: decimal(count) };
    }),
  fc
    .record({
      fee: fc.constantFrom(...oracleFees),
      cents: fc.option(fc.integer({ min: 0, max: 3000 }), { freq: 1, nil: undefined }),
      removed: fc.boolean(),
    })
    .map(({ fee, cents, removed }) => ({
      ...{ kind: 'fee_changed' as const, feeId: fee.id },
      ...(cents === undefined
        ? { removed }
        : { removed: false, price: priceOf(fee, BigInt(cents)) }),
    })),
);
const meanwhile = fc.constantFrom('nothing' as const, 'recurring' as const, 'usage' as const);
/** Pauses may overlap, end twice or end what has not begun, and so may trials. */
const pause = fc.oneof(
  fc.record({
    kind: fc.constant('paused' as const),
    billed: meanwhile,
  }),
  fc.record({ kind: fc.constant('resumed' as const) }),
  fc.constant({ kind: 'trial_ended', converts: true } as const),
);
/** What begins to be let off, and what is taken away, perhaps before it begins or though it never did. */
const discountId = fc.constantFrom('one', 'two').map((name) => derivedId('dsc', name));
const discounted = fc.oneof(
  fc.record({
    ...{ kind: fc.constant('discount_added' as const), discountId },
    discount: fc.oneof(
      fc.integer({ min: 1, max: 100 }).map((percent) => ({ percentOff: decimal(percent) })),
      fc
        .record({ fee: fc.constantFrom(...oracleFees), percent: fc.integer({ min: 1, max: 100 }) })
        .map(({ fee, percent }) => ({ percentOff: decimal(percent), feeId: fee.id })),
      fc.integer({ min: 1, max: 9000 }).map((cents) => ({ amountOff: decimal(`${cents}e-2`) })),
      fc.integer({ min: 1, max: 9000 }).map((cents) => ({
        amountOff: decimal(`${cents}e-2`),
        until: { kind: 'cycles' as const, cycles: 1 },
      })),
    ),
  }),
  fc.record({ kind: fc.constant('discount_removed' as const), discountId }),
);
/** Ends, of which the earliest holds that stands, with what is charged for it. */
const end = fc
  .record({ id: fc.nat(), cents: fc.integer({ min: 0, max: 9000 }) })
  .map(({ id, cents }) => {
    const fee = {
      chargeId: derivedId('chg', String(id)),
      amount: decimal(cents).divide(decimal(100), 2, 'half'),
    };
    return { kind: 'cancelled' as const, ...(cents < 3000 ? {} : { fee }) };
  });
/** Some on one day, also at one instant. */
const close = fc.integer({ min: 0, max: 23 }).map((hour) => START + (9 * 24 + hour) * HOUR);
/** Changes and corrections as they became known, however each change is charged. */
const facts = fc
  .array(
    fc.record({
      ...{
        at: fc.oneof(hours, close),
        known: hours,
        content: fc.oneof(
          { weight: 9, arbitrary: fc.oneof(change, pause, besides, discounted) },
          end,
        ),
      },
      ...{ proration, takenBack: fc.boolean() },
    }),
    { maxLength: 8 },
  )
  .map((changes) =>
    [...changes]
      .sort((a, b) => a.known - b.known)
      .flatMap(({ at, known, content, takenBack, proration: basis }, index): Fact[] => {
        const number = index + 1;
        const said =
          content.kind === 'price_corrected' || 'discountId' in content
            ? content
            : { ...content, proration: basis };
        const fact = { ...factAt(at, said, known), number };
        if (!takenBack || known >= at) return [fact];
        const backMs = known + Math.floor((at - known) / 2 / HOUR) * HOUR;
        return [fact, factAt(backMs, { kind: 'taken_back', change: number })];
      }),
  );
const events = fc.array(fc.record({ at: hours, known: hours }), { maxLength: 30 });
const bills = fc.array(hours, { maxLength: 8 });

/** Everything that is known at an instant. */
const meterAt =
  (all: readonly { at: number; known: number }[], knownMs: number): Meter =>
  ({ period }) => {
    const inside = all.filter(
      ({ at, known }) => known <= knownMs && at >= period.startMs && at < period.endMs,
    );
    return { quantity: decimal(inside.length), eventCount: BigInt(inside.length) };
  };

interface Story {
  readonly inAdvance: boolean;
  readonly facts: readonly Fact[];
  readonly events: readonly { at: number; known: number }[];
  readonly bills: readonly number[];
  readonly discounts: readonly Discount[];
  /** When usage of the running cycle is billed before its end. */
  readonly early: readonly number[];
}
/** What is let off of the whole subscription, in whole percents. */
const discounts = fc.array(
  fc.record({
    percentOff: fc.integer({ min: 1, max: 100 }).map(decimal),
    until: fc.oneof(
      fc.integer({ min: 1, max: 2 }).map((cycles) => ({ kind: 'cycles' as const, cycles })),
      hours.map((ms) => ({ kind: 'instant' as const, ms })),
    ),
  }),
  { maxLength: 2 },
);
/** Some stories begin with a trial. */
const trial = fc.option(meanwhile, { freq: 1, nil: undefined }).map((billed): Fact[] => {
  return billed === undefined ? [] : [factAt(START, { kind: 'trial_started', billed })];
});
const story: fc.Arbitrary<Story> = fc.record({
  inAdvance: fc.boolean(),
  facts: fc.tuple(trial, facts).map(([first, others]) => [...first, ...others]),
  events,
  bills,
  discounts,
  early: fc.array(hours, { maxLength: 3 }),
});

/** Bills at the given instants by what is known then, and last of all by everything. */
function played(
  { inAdvance, facts: all, events: used, bills: at, discounts: off, early }: Story,
  looks?: (index: number, cycle: number) => CycleRange,
) {
  const agreed = (...facts: Fact[]) => {
    const agreement = agreementOf(plansOf(inAdvance), ...facts);
    const [first, ...others] = agreement.facts;
    return { ...agreement, facts: [{ ...first, discounts: off } as Fact, ...others] };
  };
  const ledger = newLedger();
  const lines: Entry[][] = [];
  const moments = [
    ...at.map((ms) => [ms, false] as const),
    ...early.map((ms) => [ms, true] as const),
  ];
  for (const [index, [nowMs, isEarly]] of moments.sort(([a], [b]) => a - b).entries()) {
    const known = agreed(...all.filter(({ knownMs }) => knownMs <= nowMs));
    const cycle = new Date(nowMs).getUTCMonth();
    const meter = meterAt(used, nowMs);
    lines.push(
      isEarly
        ? ledger.billUsage(known, nowMs, meter, cycle)
        : ledger.bill(known, nowMs, meter, 0, looks?.(index, cycle)),
    );
  }
  const whole = agreed(...all);
  lines.push(ledger.bill(whole, END - 1, meterAt(used, Infinity)));
  lines.push(ledger.bill(whole, END, meterAt(used, Infinity), 0));
  return { ledger, lines, whole };
}

const closing = (id: string, posted: ReturnType<typeof newLedger>['posted']) =>
  posted.get(id)?.roundedMinorUnits ?? 0n;

test('whatever became known when, and however often it was billed, each identity is billed what the slow oracle says', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { ledger, whole } = played(given);
      const used = given.events.map(({ at }) => at);
      for (let cycle = 0; cycle < CYCLES; cycle += 1) {
        let ofFees = 0n;
        for (const fee of oracleFees) {
          const owed = roundFraction(
            oracleCents(correctedBy(fee, whole.facts), cycle, whole.facts, used, versionName),
          );
          const ids = [...ledger.posted.values()].filter(
            ({ charge }) => charge.description === nameOf(fee) && charge.cycle === cycle,
          );
          const billed = ids.reduce(
            (sum, { charge }) => sum + closing(charge.id, ledger.posted),
            0n,
          );
          expect([nameOf(fee), cycle, billed]).toEqual([nameOf(fee), cycle, owed]);
          ofFees += owed;
        }
        const off = [...ledger.posted.values()]
          .filter(({ charge }) => charge.kind === 'discount' && charge.cycle === cycle)
          .reduce((sum, { roundedMinorUnits }) => sum - roundedMinorUnits, 0n);
        expect(['off', cycle, off]).toEqual([
          ...['off', cycle],
          oracleAmountsOff(cycle, whole.facts, ofFees),
        ]);
      }
      const early = [...ledger.posted.values()].filter(({ charge }) => {
        return charge.description === 'Early termination' && charge.parts.length > 0;
      });
      expect(early.map(({ roundedMinorUnits }) => roundedMinorUnits)).toEqual(
        oracleEarly(whole.facts),
      );
      const corrected = oracleFees.map((fee) => correctedBy(fee, whole.facts));
      const told = { facts: whole.facts, eventsMs: used, planName: versionName };
      const committed = [...oracleCommitments(oracleCommitted, corrected, CYCLES, told).values()];
      const entries = [...ledger.posted.values()].filter(({ charge }) => {
        return charge.kind === 'commitment' && charge.parts.length > 0;
      });
      expect(entries.map(({ roundedMinorUnits }) => roundedMinorUnits).sort()).toEqual(
        committed.sort(),
      );
    }),
    RUNS,
  );
});

test('billing twice bills nothing', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { ledger, whole } = played(given);
      expect(ledger.bill(whole, END, meterAt(given.events, Infinity))).toEqual([]);
    }),
    RUNS,
  );
});

test('rated again by a price that holds already, nothing is different', () => {
  const same = fc.record({ at: hours, fee: fc.constantFrom(...oracleFees) });
  fc.assert(
    fc.property(story, fc.array(same, { maxLength: 4 }), (given, corrections) => {
      const uncorrected = given.facts.filter((fact) => !('feeId' in fact));
      const { ledger, whole } = played({ ...given, facts: uncorrected });
      const again = corrections.map(({ at, fee }) => {
        const said = correctionOf(fee, fee.cents);
        return factAt(at, { ...said, price: { ...said.price, ...termsOf(fee) } }, END);
      });
      const changed = { ...whole, facts: [...whole.facts, ...again] };
      expect(ledger.bill(changed, END, meterAt(given.events, Infinity))).toEqual([]);
    }),
    RUNS,
  );
});

test('a plan simulated in the place of itself comes to what was billed', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { ledger, whole } = played(given);
      const [plan] = [...whole.plans.values()];
      const tried = plan && simulated(whole, { plan, replaced: plan.id });
      const afresh = newLedger();
      afresh.bill(tried ?? whole, END, meterAt(given.events, Infinity));
      expect(tried).toBeDefined();
      expect(afresh.total()).toBe(ledger.total());
    }),
    RUNS,
  );
});

test('the order and the number of bills in between do not change the sum', () => {
  fc.assert(
    fc.property(story, bills, (given, others) => {
      const once = played({ ...given, bills: [], early: [] }).ledger.total();
      expect(played(given).ledger.total()).toBe(once);
      expect(played({ ...given, bills: others }).ledger.total()).toBe(once);
    }),
    RUNS,
  );
});

test('where changed usage has bills of its own, which look at closed cycles alone, and others do not, the sum is the same', () => {
  fc.assert(
    fc.property(story, fc.array(fc.boolean()), (given, own) => {
      const once = played({ ...given, bills: [] }).ledger.total();
      const looks = (index: number, cycle: number) =>
        own[index] === true ? { firstCycle: 0, lastCycle: cycle - 1 } : { firstCycle: cycle };
      expect(played(given, looks).ledger.total()).toBe(once);
    }),
    RUNS,
  );
});

test('a preview is the bill without the write', () => {
  fc.assert(
    fc.property(story, (given) => {
      const { ledger, whole } = played({ ...given, facts: given.facts.slice(1) });
      const changed = { ...whole, facts: [...whole.facts, ...given.facts.slice(0, 1)] };
      const meter = meterAt(given.events, Infinity);
      const before = ledger.total();
      const shown = ledger.preview(changed, END, meter);
      expect(ledger.total()).toBe(before);
      expect(ledger.bill(changed, END, meter)).toEqual(shown);
    }),
    RUNS,
  );
});

test('the lines of a bill sum exactly to what is owed less what was billed, also before rounding', () => {
  fc.assert(
    fc.property(story, (given) => {
      const exact = new Map<string, ReturnType<typeof decimal>>();
      const { ledger, lines } = played(given);
      for (const { charge, lines: own } of lines.flat())
        for (const line of own)
          exact.set(charge.id, (exact.get(charge.id) ?? decimal(0)).add(line.exactAmount));
      for (const [id, { charge }] of ledger.posted) {
        const cents = exact.get(id)?.mul(decimal(100n)).roundToInteger();
        expect(cents).toBe(closing(charge.id, ledger.posted));
      }
    }),
    RUNS,
  );
});
