import { decimal } from '@billingrails/money';
import { howMany } from '@billingrails/testing';
import fc from 'fast-check';
import type { MeterId } from '@billingrails/ids';
import type { PlanRef } from '../../catalogue/domain/plan';
import type { Fact } from '../../subscriptions/domain/fact';
import type { Entry } from './bill';
import { simulated } from './simulation';
import {
  agreementOf,
  factAt,
  feeIdOf,
  feeOf,
  flat,
  newLedger,
  perUnit,
  planIdOf,
  planRefOf,
  planOf,
  type Meter,
} from './testing/ledger';
import { oracleCents, roundFraction, type OracleFee } from './testing/oracle';
import { oracleCommitments, type OracleCommitments } from './testing/oracle-commitments';

const HOUR = 3_600_000;
const START = Date.UTC(2024, 0, 1);
const CYCLES = 2;
const RUNS = { numRuns: howMany(15, 200) };
const END = Date.UTC(2024, CYCLES, 1);
const meterProfile = { meterId: 'mtr_1' as MeterId, profile: 'count' };

/** Of "small" there are two versions: what recurs and usage are in both, seats cost something else in the second. */
const oracleFees: readonly OracleFee[] = [
  { plans: ['small 1', 'small 2'], kind: 'recurring', cents: 1000n },
  { plans: ['small 1'], kind: 'seats', cents: 333n },
  { plans: ['small 2'], kind: 'seats', cents: 444n },
  { plans: ['small 1', 'small 2'], kind: 'usage', cents: 7n },
  { plans: ['large 1'], kind: 'recurring', cents: 2599n, off: { cents: 599n, cycles: 1 } },
  { plans: ['large 1'], kind: 'seats', cents: 501n },
  { plans: ['large 1'], kind: 'usage', cents: 5n },
];
/** One version commits to two cycles together, with dearer usage beyond; another to each cycle, with cheaper usage. */
const oracleCommitted: OracleCommitments = {
  'small 1': { cents: 111n, cycles: 2, tenths: 15n },
  'large 1': { cents: 35n, cycles: 1, tenths: 8n },
};
const nameOf = ({ plans, kind }: OracleFee) => `${plans.join(', ')} ${kind}`;
const dollars = (cents: bigint) => decimal(`${cents}e-2`).toString();
const versions = [planRefOf('small'), planRefOf('small', 2), planRefOf('large')];
const versionName = ({ planId, planVersion }: PlanRef) =>
  `${planId === planIdOf('small') ? 'small' : 'large'} ${planVersion}`;

const termsOf = ({ off }: OracleFee) =>
  off && {
    terms: { amountOff: decimal(dollars(off.cents)), discountCycles: BigInt(off.cycles) },
  };

/** The plans of the oracle's fees; recurring ones in advance or in arrear. */
const plansOf = (inAdvance: boolean) =>
  versions.map((ref) => {
    const fees = oracleFees
      .filter(({ plans }) => plans.includes(versionName(ref)))
      .map((fee) => {
        if (fee.kind === 'usage')
          return feeOf(nameOf(fee), perUnit(dollars(fee.cents)), { meterProfile });
        return fee.kind === 'seats'
          ? feeOf(nameOf(fee), perUnit(dollars(fee.cents)), { byQuantity: true, inAdvance })
          : feeOf(nameOf(fee), { ...flat(dollars(fee.cents)), ...termsOf(fee) }, { inAdvance });
      });
    const agreed = oracleCommitted[versionName(ref)];
    const commitment = agreed && {
      ...{ name: 'Commitment', amount: decimal(dollars(agreed.cents)), cycles: agreed.cycles },
      overageFactor: decimal(`${agreed.tenths}e-1`),
    };
    return {
      ...planOf(versionName(ref), ...fees),
      ...{ id: ref.planId, version: ref.planVersion, ...(commitment && { commitment }) },
    };
  });

const correctionOf = (fee: OracleFee, cents: bigint) => ({
  kind: 'price_corrected' as const,
  feeId: feeIdOf(nameOf(fee)),
  price: fee.kind === 'recurring' ? flat(dollars(cents)) : perUnit(dollars(cents)),
  note: 'it was wrong',
});

/** What the oracle is to know of a fee's corrections. */
const correctedBy = (fee: OracleFee, facts: readonly Fact[]): OracleFee => ({
  ...fee,
  corrected: facts.flatMap((fact) => {
    if (fact.kind !== 'price_corrected' || fact.feeId !== feeIdOf(nameOf(fee))) return [];
    if (facts.some((other) => other.kind === 'taken_back' && other.change === fact.number))
      return [];
    const { price, effectiveMs: fromMs } = fact;
    const amount =
      price.kind === 'flat' ? price.amount : price.kind === 'perUnit' && price.unitAmount;
    return amount === false ? [] : [{ fromMs, cents: amount.mul(decimal(100n)).roundToInteger() }];
  }),
});

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
/** Some on one day, also at one instant. */
const close = fc.integer({ min: 0, max: 23 }).map((hour) => START + (9 * 24 + hour) * HOUR);
/** Changes and corrections as they became known, however each change is charged. */
const facts = fc
  .array(
    fc.record({
      ...{ at: fc.oneof(hours, close), known: hours, content: fc.oneof(change, pause) },
      ...{ proration, takenBack: fc.boolean() },
    }),
    { maxLength: 6 },
  )
  .map((changes) =>
    [...changes]
      .sort((a, b) => a.known - b.known)
      .flatMap(({ at, known, content, takenBack, proration: basis }, index): Fact[] => {
        const number = index + 1;
        const said =
          content.kind === 'price_corrected' ? content : { ...content, proration: basis };
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
}
/** Some stories begin with a trial. */
const trial = fc.option(meanwhile, { freq: 1, nil: undefined }).map((billed): Fact[] => {
  return billed === undefined ? [] : [factAt(START, { kind: 'trial_started', billed })];
});
const story: fc.Arbitrary<Story> = fc.record({
  inAdvance: fc.boolean(),
  facts: fc.tuple(trial, facts).map(([first, others]) => [...first, ...others]),
  events,
  bills,
});

/** Bills at the given instants by what is known then, and last of all by everything. */
function played({ inAdvance, facts: all, events: used, bills: at }: Story) {
  const ledger = newLedger();
  const lines: Entry[][] = [];
  for (const nowMs of [...at].sort((a, b) => a - b)) {
    const known = all.filter(({ knownMs }) => knownMs <= nowMs);
    lines.push(ledger.bill(agreementOf(plansOf(inAdvance), ...known), nowMs, meterAt(used, nowMs)));
  }
  const whole = agreementOf(plansOf(inAdvance), ...all);
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
      for (const fee of oracleFees)
        for (let cycle = 0; cycle < CYCLES; cycle += 1) {
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
        }
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
      const uncorrected = given.facts.filter(({ kind }) => kind !== 'price_corrected');
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
      const once = played({ ...given, bills: [] }).ledger.total();
      expect(played(given).ledger.total()).toBe(once);
      expect(played({ ...given, bills: others }).ledger.total()).toBe(once);
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
