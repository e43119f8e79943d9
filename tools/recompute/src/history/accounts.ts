/** Who is charged, with what holds for all of its subscriptions. */
export interface AccountBook {
  readonly account: string;
  /** How long usage may still arrive after a cycle has ended. Left out: as `History.graceMs`. */
  readonly graceMs?: number;
  /** Whether usage that changes after its cycle was closed is billed by itself. Left out: on the next bill. */
  readonly ownBills?: boolean;
  /** The parent that owes its bills, or whoever pays for that. Left out: it pays for itself. */
  readonly paidBy?: string;
}
