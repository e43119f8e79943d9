import type { CommitmentBook } from '@billingrails/recompute';
import type { Dice } from '../dice';

interface Committing {
  readonly commitment?: CommitmentBook;
}

/** Of four plans one commits to nothing: the others to a cycle, two or three, beyond which more or less is charged. */
export function commitmentOf(dice: Dice, turn: number): Committing {
  const cycles = turn % 4;
  return cycles === 0 ? {} : { commitment: commitment(dice, cycles) };
}

/** Of six subscriptions one commits to something of its own, or to nothing where its plan does. */
export function ownCommitment(dice: Dice): Committing {
  if (!dice.percent(16)) return {};
  const own = commitment(dice, dice.whole(1, 3));
  return { commitment: dice.percent(30) ? { ...own, amount: '0' } : own };
}

function commitment(dice: Dice, cycles: number): CommitmentBook {
  const overageFactor = dice.oneOf(['1', '1.5', '0.75']);
  return { amount: dice.decimal(60 * cycles, 3), cycles, overageFactor };
}
