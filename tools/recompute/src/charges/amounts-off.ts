import {
  compare,
  fractionOf,
  least,
  minus,
  nearest,
  rational,
  sumOf,
  times,
  ZERO,
} from '../rational';
import { partAmount, WHOLE, type Asked, type Charge, type Part } from './charge';
import { discountsIn } from './let-off';
import { feeOf, feesInOrder } from './order';

/**
 * What amounts are let off of the charges of fees in a cycle: of what is due first as much as there is, then of the
 * next.
 */
export function amountsOff(asked: Asked, charges: readonly Charge[]): Charge[] {
  const order = feesInOrder(asked);
  const placeOf = (charge: Charge) => order.indexOf(feeOf(charge));
  const inOrder = [...charges].sort(
    (a, b) =>
      (a.dueMs ?? 0) - (b.dueMs ?? 0) ||
      placeOf(a) - placeOf(b) ||
      (groupOf(a.id) < groupOf(b.id) ? -1 : 1),
  );
  const left = new Map(inOrder.map((charge) => [charge.id, roundedOf(asked, charge)]));
  return discountsIn(asked).flatMap(({ name, amountOff, fee }) => {
    if (amountOff === undefined) return [];
    let rest = rounded(asked, rational(amountOff));
    return inOrder.flatMap((charge): Charge[] => {
      if (fee !== undefined && !charge.feeCycle.startsWith(`${fee}/`)) return [];
      const owed = left.get(charge.id) ?? ZERO;
      const whole = least(rest, owed);
      if (compare(whole, ZERO) <= 0) return [];
      rest = minus(rest, whole);
      left.set(charge.id, minus(owed, whole));
      const { startMs, endMs } = asked.cycle;
      const part: Part = {
        ...{ startMs, endMs, quantity: rational('1'), credited: true, ...WHOLE, whole, anew: true },
      };
      const { addOn: _, ...of } = charge;
      const description = `${name} (${charge.description})`;
      return [
        {
          ...{
            ...of,
            id: `${name} off ${charge.id}`,
            kind: 'DISCOUNT',
            description,
            parts: [part],
          },
          covers: charge,
        },
      ];
    });
  });
}

/** Events without a group come first. */
function groupOf(id: string): string {
  const group = id.split('/').slice(2).join('/');
  return group === 'none' ? '' : group;
}

function roundedOf(asked: Asked, { parts }: Charge) {
  return rounded(asked, sumOf(parts.map(partAmount)));
}

function rounded({ history }: Asked, amount: ReturnType<typeof rational>) {
  const scale = 10n ** BigInt(history.plans[0]?.digits ?? 0);
  return fractionOf(nearest(times(amount, fractionOf(scale, 1n))), scale);
}
