import type { JointId } from '@billingrails/ids';
import type { PostedBill } from './posted-bill';
import type { BillsTogether } from './together';

/** A bill, or a part of one that does not fit into one message; of those that are invoiced together, one. */
export interface BillPart {
  /** Whose bills the parts are numbered over. Unset: the bill is by itself. */
  readonly jointId?: JointId;
  /** 0 for the first. */
  readonly part: number;
  readonly partCount: number;
  /** With the lines of this part alone. */
  readonly bill: PostedBill;
}

/** What the parts of an invoice have in common, and those of no other. */
export function partsKeyOf({ jointId, bill }: BillPart): JointId | PostedBill['billId'] {
  return jointId ?? bill.billId;
}

/** The bills that their parts make, in their order; undefined while parts are missing. */
export function billsOf(parts: readonly BillPart[]): BillsTogether | undefined {
  const inOrder = [...new Map(parts.map((part) => [part.part, part])).values()].sort(
    (a, b) => a.part - b.part,
  );
  const [first, ...others] = inOrder;
  if (first === undefined || inOrder.length !== first.partCount) return undefined;
  const bills: [PostedBill, ...PostedBill[]] = [first.bill];
  for (const { bill } of others) {
    const last = bills.at(-1);
    if (last?.billId === bill.billId)
      bills[bills.length - 1] = { ...last, lines: [...last.lines, ...bill.lines] };
    else bills.push(bill);
  }
  return { ...(first.jointId && { jointId: first.jointId }), bills };
}
