import { amountsOff } from './amounts-off';
import { chargesByHand } from './by-hand';
import type { Asked, Due } from './charge';
import { chargesOfEarlyEnd } from './early-end';
import { feeCharges } from './fees';
import { chargesOnce } from './once';
import { feeOf, feesInOrder } from './order';

/** Everything that is charged: a file a subject. */
const SUBJECTS: readonly ((asked: Asked) => Due)[] = [
  chargesOfFees,
  chargesByHand,
  chargesOfEarlyEnd,
];

/** Those of fees, and what is taken off them. */
function chargesOfFees(asked: Asked): Due {
  const [due, once] = [feeCharges(asked), chargesOnce(asked)];
  const order = feesInOrder(asked);
  const charges = [...due.charges, ...once.charges].sort(
    (a, b) => order.indexOf(feeOf(a)) - order.indexOf(feeOf(b)),
  );
  return { ...due, charges: [...charges, ...amountsOff(asked, charges)] };
}

/** What is owed and due by an instant for a cycle. */
export function chargesOf(asked: Asked): Due {
  const dues = SUBJECTS.map((charges) => charges(asked));
  return {
    charges: dues.flatMap(({ charges }) => charges),
    waiting: new Set(dues.flatMap(({ waiting }) => [...waiting])),
  };
}

export { partAmount, type Charge, type Part } from './charge';
export { inOrderOfBill } from './order';
