import type { Agreement } from '../facts/agreement';
import type { Fact } from '../facts';
import { fractionOf, nearest, rational, sumOf, times, type Rational } from '../rational';
import { partAmount, WHOLE, type Asked, type Due } from './charge';
import { amountsOff } from './amounts-off';
import { feeCharges } from './fees';
import { chargesOnce } from './once';

/** What is charged for an end before that of the term, in the cycle that it lies in. */
export function chargesOfEarlyEnd(asked: Asked): Due {
  const { agreement, cycle, untilMs } = asked;
  const none: Due = { charges: [], waiting: new Set() };
  const ends = agreement.facts.filter((fact) => fact.ends).sort((a, b) => a.fromMs - b.fromMs);
  const [ending] = ends;
  if (ending?.early === undefined || ending.fromMs > untilMs) return none;
  const lastMs = Math.max(ending.fromMs - 1, agreement.startMs);
  if (agreement.cycles.at(lastMs) !== cycle.number) return none;
  const whole = amountOf(asked, ending, ending.early);
  if (whole.of <= 0n) return none;
  const { startMs, endMs } = cycle;
  const part = { startMs, endMs, quantity: rational('1'), credited: false, ...WHOLE, whole };
  const id = `early end/${ending.early.step}`;
  const description = 'Early termination';
  const of = { id, feeCycle: id, kind: 'ONE_OFF', cycle: cycle.number, description } as const;
  return { charges: [{ ...of, parts: [part] }], waiting: new Set() };
}

function amountOf(
  asked: Asked,
  { fromMs, proration = 'none' }: Fact,
  { step, termEndMs }: NonNullable<Fact['early']>,
): Rational {
  const { agreement } = asked;
  const kind = agreement.facts[0]?.term?.early ?? 'free';
  if (typeof kind === 'object') return rational(kind.amount);
  if (kind !== 'remaining_fees') return rational('0');
  const stays = agreement.endingAt({ ms: termEndMs, proration: 'day', step });
  const ends = agreement.endingAt({ ms: fromMs, proration, step });
  return fractionOf(
    owed(asked, stays, termEndMs) - owed(asked, ends, termEndMs),
    minorUnitsOf(asked),
  );
}

/** What recurs from the cycle on that is looked at, each charge rounded, in minor units. */
function owed(asked: Asked, agreement: Agreement, termEndMs: number): bigint {
  const { graceMs, plans: all } = asked.history;
  const plans = all.map((plan) => ({
    ...plan,
    fees: plan.fees.filter(({ usage }) => usage === undefined),
  }));
  const scale = fractionOf(minorUnitsOf(asked), 1n);
  let minorUnits = 0n;
  for (let { number } = asked.cycle; ; number += 1) {
    const cycle = agreement.cycles.cycle(number);
    if (cycle.startMs >= Math.min(termEndMs, agreement.endMs)) return minorUnits;
    const of = { ...asked, agreement, cycle, history: { ...asked.history, plans }, running: false };
    const recurring = feeCharges({ ...of, untilMs: termEndMs + graceMs });
    const once = chargesOnce({ ...of, untilMs: termEndMs });
    const charges = [...recurring.charges, ...once.charges];
    for (const { parts } of [...charges, ...amountsOff(of, charges)])
      minorUnits += nearest(times(sumOf(parts.map(partAmount)), scale));
  }
}

/** How many a unit of the currency has, which all plans have. */
function minorUnitsOf({ history }: Asked): bigint {
  return 10n ** BigInt(history.plans[0]?.digits ?? 0);
}
