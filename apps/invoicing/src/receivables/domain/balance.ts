/** What an invoice takes of an account's balance, in minor units. */
export interface BalanceDraw {
  /** Of the total; below 0 where more was owed from before, or the invoice gives something back. */
  readonly applied: bigint;
  /** What is left to be paid; never below 0. */
  readonly due: bigint;
  /** What the balance is then. */
  readonly balance: bigint;
}

/**
 * What an account owes by an invoice of that total when its balance is so much (above 0: in its favour):
 *
 *   due = total − balance, where that is at least the minimum and above 0; otherwise nothing, and the balance keeps
 *   what is left: in the account's favour, or, of an amount below the minimum, carried forward to the next invoice.
 *
 * Whatever the outcome, due − balance after is total − balance before: nothing is lost on the way.
 */
export function drawBalance(total: bigint, balance: bigint, minimum: bigint): BalanceDraw {
  const net = total - balance;
  const due = net > 0n && net >= minimum ? net : 0n;
  return { applied: total - due, due, balance: due - net };
}
