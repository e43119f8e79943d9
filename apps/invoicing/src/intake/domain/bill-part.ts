import type { PostedBill } from './posted-bill';

/** A bill, or a part of one that does not fit into one message. */
export interface BillPart {
  /** 0 for the first. */
  readonly part: number;
  readonly partCount: number;
  /** With the lines of this part alone. */
  readonly bill: PostedBill;
}

/** The bill that its parts make, in their order. */
export function billOf(parts: readonly BillPart[]): PostedBill | undefined {
  const inOrder = [...parts].sort((a, b) => a.part - b.part);
  const [first] = inOrder;
  if (first === undefined || inOrder.length !== first.partCount) return undefined;
  return { ...first.bill, lines: inOrder.flatMap(({ bill }) => bill.lines) };
}
