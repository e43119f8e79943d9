import { derivedIdAt, type AccountId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { shareOf, type BillingCycles, type Cycle, type Period } from '@billingrails/time';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import { factsOf } from '../../subscriptions/domain/facts-of';
import { cyclesOf, type Subscription } from '../../subscriptions/domain/subscription';
import { isGranting, termsAt } from '../../subscriptions/domain/terms';
import type { RecurringGrant } from './recurring-grant';

const ONE = decimal(1n);
const ZERO = decimal(0n);

/** What an account is granted, or granted next. */
export interface Granting {
  /** All that takes effect from the beginning of the cycle that holds `fromMs` on, up to the present. */
  readonly grants: readonly CreditGrant[];
  /** When to look again. Unset: nothing more is granted. */
  readonly nextMs?: number;
}

/** What a recurring grant to an account comes to. Nothing of it depends on when, or how often, it is asked. */
export function grantedToAccount(
  recurring: RecurringGrant,
  accountId: AccountId,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Granting {
  const { startMs, endMs = Infinity, interval } = recurring;
  if (interval === undefined) return { grants: [] };
  const cycles = cyclesOf({ startMs, timeZone: interval.timeZone, cycleRule: interval.rule });
  const all = cyclesIn(cycles, startMs, fromMs, nowMs);
  const grants = all
    .filter(({ period }) => period.startMs < endMs)
    .map((cycle) =>
      instanceOf(recurring, { accountId, createMs: recurring.createMs }, cycles, cycle, {
        ...{ place: 0, effectiveMs: cycle.period.startMs, count: ONE },
      }),
    )
    .filter(isSomething);
  return { grants, ...nextOf([nextCycleMs(cycles, startMs, nowMs)], endMs) };
}

/**
 * What recurring grants to a subscription or to its plans come to. In a cycle of the subscription each is granted as
 * often as the plan was held at most, each time that this rises; a paused subscription holds none.
 */
export function grantedToSubscription(
  all: readonly RecurringGrant[],
  subscription: Subscription,
  { fromMs, nowMs }: { readonly fromMs: number; readonly nowMs: number },
): Granting {
  const cycles = cyclesOf(subscription);
  const { startMs, endMs: lastMs = Infinity } = subscription;
  const facts = factsOf(subscription);
  const held = cyclesIn(cycles, startMs, fromMs, nowMs);
  const grants = all.flatMap((recurring) =>
    held.flatMap((cycle) => {
      const endMs = Math.min(cycle.period.endMs, lastMs, recurring.endMs ?? Infinity);
      const beginMs = Math.max(cycle.period.startMs, recurring.startMs);
      const instants = [beginMs, ...facts.map(({ effectiveMs }) => effectiveMs)]
        .filter((ms) => beginMs <= ms && ms <= nowMs && ms < endMs)
        .sort((a, b) => a - b);
      return risesOf(instants, (ms) => countAt(recurring, facts, ms))
        .map((rise) => instanceOf(recurring, subscription, cycles, cycle, rise))
        .filter(isSomething);
    }),
  );
  const living = all.filter(({ endMs = Infinity }) => endMs > nowMs);
  if (living.length === 0) return { grants };
  const instants = [
    nextCycleMs(cycles, startMs, nowMs),
    ...facts.map(({ effectiveMs }) => effectiveMs),
    ...living.map((recurring) => recurring.startMs),
  ];
  return {
    grants,
    ...nextOf(
      instants.filter((ms) => ms > nowMs),
      lastMs,
    ),
  };
}

/** When something is granted as often as `count` more. */
interface Rise {
  /** Which of its cycle, from 0. */
  readonly place: number;
  readonly effectiveMs: number;
  readonly count: Decimal;
}

function risesOf(instants: readonly number[], countOf: (ms: number) => Decimal): Rise[] {
  const rises: Rise[] = [];
  let most = ZERO;
  for (const effectiveMs of new Set(instants)) {
    const count = countOf(effectiveMs);
    if (!count.gt(most)) continue;
    rises.push({ place: rises.length, effectiveMs, count: count.sub(most) });
    most = count;
  }
  return rises;
}

/** How often a subscription has what is granted for at the instant. */
function countAt(
  { grantee }: RecurringGrant,
  facts: Parameters<typeof termsAt>[0],
  ms: number,
): Decimal {
  const terms = termsAt(facts, ms);
  if (terms === undefined || !isGranting(terms)) return ZERO;
  switch (grantee.kind) {
    case 'account':
      return ZERO;
    case 'subscription':
      return ONE;
    case 'plan': {
      if (terms.planId === grantee.planId) return ONE;
      const addOn = terms.addOns?.find(({ planId }) => planId === grantee.planId);
      return addOn?.quantity ?? ZERO;
    }
  }
}

function instanceOf(
  recurring: RecurringGrant,
  source: Pick<Subscription, 'accountId' | 'createMs'> & Partial<Pick<Subscription, 'id'>>,
  cycles: BillingCycles,
  { number, period }: Cycle,
  { place, effectiveMs, count }: Rise,
): CreditGrant {
  const { id: recurringId, creditUnitId, amount, category, priority, memo } = recurring;
  const { rolloverCycles, rolloverMaximum: maximum, scope } = recurring;
  const { accountId, createMs, id: sourceId = accountId } = source;
  const seriesId = `${recurringId}/${sourceId}`;
  const knownMs = Math.max(effectiveMs, recurring.createMs, createMs);
  return {
    id: derivedIdAt('cgr', knownMs, recurringId, sourceId, `${number}`, `${place}`),
    ...{ accountId, creditUnitId, category, priority, memo, recurringId },
    amount: partOf(amount.mul(count), recurring, cycles.whole(number), {
      ...{ startMs: effectiveMs, endMs: period.endMs },
    }),
    effectiveMs,
    expiryMs: cyclesAfter(cycles, { number, period }, rolloverCycles).endMs,
    ...(rolloverCycles === 0
      ? {}
      : { rollover: { seriesId, fromMs: period.endMs, ...(maximum && { maximum }) } }),
    createMs: knownMs,
    ...(scope && { scope }),
  };
}

/** What is granted for a part of a whole cycle: of money as much as a fee of the same amount comes to. */
function partOf(
  amount: Decimal,
  { proratedDigits }: RecurringGrant,
  wholeCycle: Period,
  period: Period,
): Decimal {
  if (proratedDigits === undefined) return amount;
  const { part, whole } = shareOf(period, wholeCycle, 'second', 'UTC');
  return amount.mul(decimal(part)).divide(decimal(whole), proratedDigits, 'half');
}

/** Of a part that is too small nothing is granted. */
function isSomething({ amount }: CreditGrant): boolean {
  return !amount.isZero();
}

function cyclesAfter(cycles: BillingCycles, { number, period }: Cycle, count: number): Period {
  let last = { number, period };
  for (let passed = 0; passed < count; passed += 1) last = cycles.after(last.number);
  return last.period;
}

/** The cycles from the one that holds `fromMs` on that have begun by the present. */
function cyclesIn(cycles: BillingCycles, startMs: number, fromMs: number, nowMs: number): Cycle[] {
  const found: Cycle[] = [];
  let cycle = cycles.at(Math.max(fromMs, startMs));
  for (; cycle !== undefined && cycle.period.startMs <= nowMs; cycle = cycles.after(cycle.number))
    if (cycle.period.startMs < cycle.period.endMs) found.push(cycle);
  return found;
}

function nextCycleMs(cycles: BillingCycles, startMs: number, nowMs: number): number {
  const held = cycles.at(nowMs);
  return held === undefined ? startMs : cycles.after(held.number).period.startMs;
}

function nextOf(instants: readonly number[], endMs: number): Pick<Granting, 'nextMs'> {
  const nextMs = Math.min(...instants);
  return nextMs < endMs ? { nextMs } : {};
}
