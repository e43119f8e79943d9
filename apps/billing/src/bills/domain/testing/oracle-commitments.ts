import type { PlanRef } from '../../../catalogue/domain/plan';
import type { Fact } from '../../../subscriptions/domain/fact';
import {
  agreedAt,
  oracleCents,
  placedIn,
  roundFraction,
  type Fraction,
  type OracleFee,
} from './oracle';
import { HOUR, standingOf } from './oracle-facts';

/** What is committed to, by the names of versions of plans. */
export type OracleCommitments = Readonly<
  Record<
    string,
    {
      readonly cents: bigint;
      readonly cycles: number;
      /** What counts beyond it costs so many tenths of what it cost. */
      readonly tenths: bigint;
    }
  >
>;

interface Told {
  readonly facts: readonly Fact[];
  readonly eventsMs: readonly number[];
  readonly planName: (plan: PlanRef) => string;
}

/** Above every length of a span in cycles, and divided by each. */
const LENGTHS = 12n;

/**
 * What the commitments of spans that end before a cycle come to, by the first cycle of each: it walks through every
 * hour of every cycle of a span. See `oracleCents`.
 */
export function oracleCommitments(
  commitments: OracleCommitments,
  fees: readonly OracleFee[],
  cycles: number,
  told: Told,
): Map<number, bigint> {
  const inOrder = [...told.facts].sort((a, b) => a.effectiveMs - b.effectiveMs);
  const trial = inOrder.find((fact) => fact.kind === 'trial_started');
  const trialEnd = standingOf(inOrder).find((fact) => fact.kind === 'trial_ended');
  const isUnused = trial?.kind === 'trial_started' && trial.billed !== 'usage';
  let first = isUnused && trialEnd !== undefined ? monthOf(trialEnd.effectiveMs) : 0;
  const owed = new Map<number, bigint>();
  for (let single = 0; single < Math.min(first, cycles); single += 1)
    put(owed, single, amountOf(commitments, fees, [single, single], told));
  while (first < cycles) {
    const { plan } = agreedAt(placedIn(inOrder, startOf(first), false), startOf(first));
    const length = (plan && commitments[told.planName(plan)]?.cycles) ?? 1;
    if (first + length <= cycles)
      put(owed, first, amountOf(commitments, fees, [first, first + length - 1], told));
    first += length;
  }
  return owed;
}

function put(owed: Map<number, bigint>, first: number, cents: bigint | undefined): void {
  if (cents !== undefined) owed.set(first, cents);
}

/** Undefined where nobody committed to anything. */
function amountOf(
  commitments: OracleCommitments,
  fees: readonly OracleFee[],
  [first, last]: readonly [number, number],
  { facts, eventsMs, planName }: Told,
): bigint | undefined {
  const inOrder = [...facts].sort((a, b) => a.effectiveMs - b.effectiveMs);
  let committed: Fraction = { top: 0n, bottom: 1n };
  let counted = 0n;
  let tenths: bigint | undefined;
  for (let cycle = first; cycle <= last; cycle += 1) {
    for (const fee of fees)
      if (fee.kind === 'usage')
        counted += roundFraction(oracleCents(fee, cycle, facts, eventsMs, planName));
    const placed = placedIn(inOrder, startOf(cycle), true);
    const hours = (startOf(cycle + 1) - startOf(cycle)) / HOUR;
    let inCycle = 0n;
    for (let hour = 0; hour < hours; hour += 1) {
      const { plan, limits } = agreedAt(placed, startOf(cycle) + hour * HOUR);
      const commitment = plan && commitments[planName(plan)];
      if (commitment === undefined) continue;
      if (limits.some((billed) => billed !== undefined && billed !== 'usage')) continue;
      inCycle += (commitment.cents * LENGTHS) / BigInt(commitment.cycles);
      tenths = commitment.tenths;
    }
    committed = plus(committed, { top: inCycle, bottom: BigInt(hours) * LENGTHS });
  }
  if (tenths === undefined) return undefined;
  const missing = plus(committed, { top: -counted, bottom: 1n });
  if (missing.top > 0n) return roundFraction(missing);
  return roundFraction({ top: -missing.top * (tenths - 10n), bottom: missing.bottom * 10n });
}

function plus(a: Fraction, b: Fraction): Fraction {
  return { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
}

function startOf(cycle: number): number {
  return Date.UTC(2024, cycle, 1);
}

function monthOf(ms: number): number {
  return new Date(ms).getUTCMonth();
}
