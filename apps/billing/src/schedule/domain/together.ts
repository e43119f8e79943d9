/** What is due of a subscription whose bills are invoiced together with others of its payer. */
export interface DueOfPayer {
  readonly subscriptionId: string;
  readonly payerId: string;
  readonly atMs: number;
  /** How often billing it was tried. */
  readonly attempts: number;
  /** Whether its bill is an invoice by itself: it falls due by what was just asked for. */
  readonly isAlone: boolean;
  /** Whether it can be claimed. */
  readonly isFree: boolean;
}

/** What may be claimed of payers, and what has to wait for others of its payer. */
export interface Together {
  /** What is claimed whole or not at all; ids of subscriptions, rising. */
  readonly groups: readonly (readonly string[])[];
  readonly behind: readonly string[];
}

/** How many bills are at most one invoice. */
export const JOINT_MAX = 200;

/**
 * What fell due of one payer is billed in order: what falls due at one instant together, and nothing before what fell
 * due earlier. What was tried `joinTries` times is waited for no longer. `dues` are all that fell due of the payers.
 */
export function togetherOf(dues: readonly DueOfPayer[], joinTries: number): Together {
  const groups: string[][] = [];
  const behind: string[] = [];
  for (const ofPayer of groupBy(dues, ({ payerId }) => payerId)) {
    const waitedFor = ofPayer.filter(({ attempts }) => attempts < joinTries);
    const firstMs = Math.min(...waitedFor.map(({ atMs }) => atMs));
    const now = ofPayer.filter(({ atMs }) => atMs <= firstMs);
    behind.push(...idsOf(ofPayer.filter(({ atMs, isFree }) => isFree && atMs > firstMs)));
    for (const { subscriptionId } of now.filter(({ isAlone, isFree }) => isAlone && isFree))
      groups.push([subscriptionId]);
    const joining = now.filter(({ isAlone }) => !isAlone);
    for (const group of groupBy(joining, ({ atMs }) => atMs)) {
      const first = idsOf(group).slice(0, JOINT_MAX);
      const taken = new Set(first);
      const isFree = group.every((due) => due.isFree || !taken.has(due.subscriptionId));
      if (isFree) groups.push(first);
      // The rest of many comes next, and what another replica has is waited for.
      behind.push(
        ...idsOf(group.filter((due) => due.isFree && !(isFree && taken.has(due.subscriptionId)))),
      );
    }
  }
  return { groups, behind };
}

function idsOf(dues: readonly DueOfPayer[]): string[] {
  return dues.map(({ subscriptionId }) => subscriptionId).sort();
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): T[][] {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
