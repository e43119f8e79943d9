import { priced } from '../prices/terms';
import { rational } from '../rational';
import { letOff } from './let-off';
import { WHOLE, type Asked, type Charge, type Due, type Part } from './charge';

/** What is charged once when add-ons are attached, whole. */
export function chargesOnce({ agreement, cycle, history, untilMs }: Asked): Due {
  // The add-ons are made in the first step, and a fee charges the cycles that end after it was made.
  const plans = cycle.endMs > (history.stepsMs[0] ?? 0) ? history.plans : [];
  const charges = plans.flatMap(({ name: addOn, fees }) =>
    fees.flatMap((fee): Charge[] => {
      if (fee.once !== true) return [];
      const begun = attachments(agreement, addOn)
        .filter(({ ms }) => cycle.startMs <= ms && ms < cycle.endMs && ms <= untilMs)
        .filter(({ terms }) => terms.fees?.[fee.name]?.removed !== true);
      if (begun.length === 0) return [];
      const parts = begun.map(({ ms, terms }, index): Part => {
        const quantity = rational(fee.byQuantity ? (terms.addOns?.[addOn] ?? '0') : '1');
        const right = agreement.priced(fee, ms, terms);
        const listed = priced(right.model, right.terms, quantity, 0);
        const whole = letOff(listed, fee.name, { agreement, cycle });
        const endMs = begun[index + 1]?.ms ?? cycle.endMs;
        return { startMs: ms, endMs, quantity, credited: false, whole, listed, ...WHOLE };
      });
      const id = `${fee.name}/${cycle.number}`;
      const [{ ms: dueMs } = { ms: 0 }] = begun;
      const of = { id, feeCycle: id, kind: 'ONE_OFF', cycle: cycle.number, dueMs, addOn } as const;
      return [{ ...of, description: fee.name, parts }];
    }),
  );
  return { charges, waiting: new Set() };
}

/** When an add-on is attached, or, where what recurs was not charged then, from when on it is. */
function attachments(agreement: Asked['agreement'], addOn: string) {
  let begun = false;
  return agreement.instants.flatMap((ms) => {
    const terms = agreement.termsAt(ms);
    if (terms?.addOns?.[addOn] === undefined) begun = false;
    else if (!begun && isCharged(terms)) {
      begun = true;
      return [{ ms, terms }];
    }
    return [];
  });
}

function isCharged({
  paused = 'recurring',
  trial = 'recurring',
}: {
  paused?: string;
  trial?: string;
}) {
  return paused === 'recurring' && trial === 'recurring';
}
