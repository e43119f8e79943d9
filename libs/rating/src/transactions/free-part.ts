import { decimal, type Decimal } from '@billingrails/money';
import type { PricedUsage, Transactions } from '../usage';

/** What is free of the first transactions of a period, by their time, then key: until either is used up. */
export interface FreePart {
  /** Above 0. Unset: any number. */
  readonly events?: bigint;
  /** What they report together. Above 0. Unset: any amount. */
  readonly amount?: Decimal;
}

/** What alike transactions that follow each other take of a free part. */
export interface Taken {
  /** How many, the first of them, are free as a whole. */
  readonly count: bigint;
  /** What is free of the one after them; it is charged for the rest. */
  readonly ofNext: Decimal;
  /** Undefined: nothing is free any more. */
  readonly left: FreePart | undefined;
}

const ZERO = decimal(0n);

/** What they take of it. One of nothing takes none of the amount, and one that is paid back gives it back. */
export function takeFree({ events, amount: free }: FreePart, each: Transactions): Taken {
  const fitting =
    free === undefined || each.amount.lte(ZERO)
      ? each.count
      : free.divide(each.amount, 0, 'down').roundToInteger();
  const count = [fitting, events ?? each.count].reduce((a, b) => (b < a ? b : a), each.count);
  const amount = free?.sub(each.amount.mul(decimal(count)));
  if (events === count || amount?.isZero() === true)
    return { count, ofNext: ZERO, left: undefined };
  if (count < each.count) return { count, ofNext: amount ?? ZERO, left: undefined };
  const left = {
    ...(events === undefined ? {} : { events: events - count }),
    ...(amount === undefined ? {} : { amount }),
  };
  return { count, ofNext: ZERO, left };
}

/** Transactions of which something may be free. */
export interface Divided {
  /** What is free of them together; of one that is free in part, its part, but not its event. */
  readonly free: PricedUsage;
  /** What is charged of the others. */
  readonly charged: readonly Transactions[];
}

/** Divides transactions in their order. Behind those that are free the order does not matter. */
export function divideFree(
  part: FreePart | undefined,
  transactions: readonly Transactions[],
): Divided {
  let left = part;
  let free: PricedUsage = { quantity: ZERO, eventCount: 0n };
  const charged: Transactions[] = [];
  for (const each of transactions) {
    if (left === undefined) {
      charged.push(each);
      continue;
    }
    const { count, ofNext, left: after } = takeFree(left, each);
    left = after;
    free = {
      quantity: free.quantity.add(each.amount.mul(decimal(count))).add(ofNext),
      eventCount: free.eventCount + count,
    };
    const cut = ofNext.isZero() ? 0n : 1n;
    charged.push({ amount: each.amount.sub(ofNext), count: cut });
    charged.push({ amount: each.amount, count: each.count - count - cut });
  }
  return { free, charged: charged.filter(({ count }) => count > 0n) };
}
