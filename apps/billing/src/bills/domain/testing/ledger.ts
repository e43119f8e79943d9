import { derivedId, type FeeId, type OrganisationId, type PlanId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { MONTHLY } from '@billingrails/time';
import type { Fee } from '../../../catalogue/domain/fee';
import { planKey, refOf, type Plan, type PlanRef } from '../../../catalogue/domain/plan';
import type { Fact, FactContent } from '../../../subscriptions/domain/fact';
import type { Entry, Posted } from '../bill';
import { computeBill, dueObligations } from '../compute-bill';
import { neededUsage, usageKey, type NeededUsage, type Usage } from '../expected';
import type { Agreement } from '../agreement';
import type { BillScope, CycleRange } from '../obligations';

/** What was used in a span, as far as it is known. */
export type Meter = (needed: NeededUsage) => Usage;

type AskedBill = [
  agreement: Agreement,
  untilMs: number,
  meter: Meter,
  graceMs?: number,
  cycles?: CycleRange,
];

/** A ledger in memory, which bills an agreement as often as it is told to. */
export interface Ledger {
  /** The bill without the write; it looks at all cycles where none are named. */
  preview(...asked: AskedBill): Entry[];
  bill(...asked: AskedBill): Entry[];
  /** Bills the usage of a cycle up to an instant in it, as if it had reached a threshold. */
  billUsage(agreement: Agreement, untilMs: number, meter: Meter, cycle: number): Entry[];
  readonly posted: ReadonlyMap<string, Posted>;
  /** The sum of all lines, in minor units. */
  total(): bigint;
}

export function newLedger(): Ledger {
  const posted = new Map<string, Posted>();
  let [bills, total] = [0, 0n];
  const preview: Ledger['preview'] = (agreement, untilMs, meter, graceMs = 0, cycles) =>
    computed(agreement, meter, { firstCycle: 0, ...cycles, horizon: { untilMs, graceMs } });
  const computed = (agreement: Agreement, meter: Meter, scope: BillScope) => {
    const { lastCycle = Infinity } = scope;
    const looked = [...posted].filter(([, { charge }]) => {
      return charge.cycle <= lastCycle;
    });
    const { whole } = neededUsage(dueObligations(agreement, scope));
    const answers = new Map(whole.map((needed) => [usageKey(needed), meter(needed)]));
    const usages = { whole: answers, byGroup: new Map() };
    return computeBill(agreement, scope, usages, new Map(looked));
  };
  return {
    preview,
    bill: (...asked) => post(preview(...asked)),
    billUsage(agreement, untilMs, meter, cycle) {
      const horizon = { untilMs, graceMs: 0, running: true, usageOnly: true };
      // What the cycles before leave is computed as well.
      const all = computed(agreement, meter, { firstCycle: 0, lastCycle: cycle, horizon });
      return post(all.filter(({ charge }) => charge.cycle === cycle));
    },
    posted,
    total: () => total,
  };
  function post(entries: Entry[]): Entry[] {
    bills += 1;
    for (const { charge, lines, roundedMinorUnits } of entries) {
      posted.set(charge.id, {
        charge,
        roundedMinorUnits,
        billId: derivedId('bill', String(bills)),
      });
      for (const { minorUnits } of lines) total += minorUnits;
    }
    return entries;
  }
}

export const ORGANISATION: OrganisationId = derivedId('org', 'engine');
export const START_MS = Date.UTC(2024, 0, 1);

export function planOf(name: string, ...fees: Fee[]): Plan {
  const version = { version: 1, status: 'published', role: 'plan' } as const;
  return { id: planIdOf(name), ...version, name, currencyCode: 'USD', fees, createMs: 0 };
}

export function planRefOf(name: string, planVersion = 1): PlanRef {
  return { planId: planIdOf(name), planVersion };
}

export function planIdOf(name: string): PlanId {
  return derivedId('plan', name);
}

export function feeIdOf(name: string): FeeId {
  return derivedId('fee', name);
}

/** A fee that is there from the first. */
export function feeOf(name: string, price: Fee['price'], rest: Partial<Fee> = {}): Fee {
  return { id: feeIdOf(name), name, unit: '', price, createMs: 0, ...rest };
}

export const flat = (amount: string) => ({ kind: 'flat', amount: decimal(amount) }) as const;

export const perUnit = (unitAmount: string) =>
  ({ kind: 'perUnit', unitAmount: decimal(unitAmount) }) as const;

/** A fact that is known when it takes effect. */
export function factAt(effectiveMs: number, content: FactContent, knownMs = effectiveMs): Fact {
  return { ...content, effectiveMs, knownMs };
}

/** An agreement from the first of January 2024 on, counted in UTC. */
export function agreementOf(plans: readonly Plan[], ...facts: Fact[]): Agreement {
  const [first] = plans;
  const ref = first === undefined ? planRefOf('none') : refOf(first);
  const subscribed = { kind: 'subscribed', ...ref } as const;
  return {
    organisationId: ORGANISATION,
    subscription: {
      id: derivedId('sub', 'engine'),
      startMs: START_MS,
      timeZone: 'UTC',
      cycleRule: MONTHLY,
    },
    facts: [
      factAt(START_MS, { ...subscribed, quantity: decimal(1n), proration: 'second' }),
      ...facts,
    ],
    plans: new Map(plans.map((plan) => [planKey(refOf(plan)), plan])),
  };
}
