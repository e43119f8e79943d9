import { create, toBinary } from '@bufbuild/protobuf';
import {
  BillPartSchema,
  PostedLineSchema,
} from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import type { FeeId, JointId, OrganisationId, PlanId, ProductId } from '@billingrails/ids';
import type { Bill } from '../domain/posted-bill';
import { headerToProto, linesToProto, type LineInit } from './bill';

/** Lines are put into a message as long as it stays below this; a bus message may have a megabyte. */
const PART_BYTES_MAX = 512 * 1024;

/** The names that stand on an invoice. */
export interface BillNames {
  readonly accountName: string;
  readonly planName: string;
  /** Of whoever owes it. */
  readonly payerAccountName: string;
}

/** What products are called. */
export type ProductNames = ReadonlyMap<string, string>;

/** The products of which a bill has lines. */
export function productsOf({ entries }: Pick<Bill, 'entries'>): ProductId[] {
  return [...new Set(entries.flatMap(({ charge: { productId } }) => productId ?? []))];
}

/** A bill to be invoiced, and the names that stand on the invoice. */
export interface NamedBill {
  readonly bill: Bill;
  readonly names: BillNames;
  /** The plans and add-ons beside the bill's plan that have fees of its lines, by fee. Unset: none has. */
  readonly otherPlans?: ReadonlyMap<FeeId, PlanId>;
  /** Whether it is of a test account. */
  readonly isTest: boolean;
  /** Whether it is for credits in money: no prepaid credits pay it, and no tax is on it. Unset: it is not. */
  readonly buysCredits?: boolean;
}

/**
 * The messages on `billing.bill_posted` that a bill travels in, or, with a `jointId`, bills that are invoiced together:
 * as many as their lines need, at least one of each bill.
 */
export function billPartBytes(
  organisationId: OrganisationId,
  bills: readonly NamedBill[],
  products: ProductNames,
  jointId?: JointId,
): Uint8Array[] {
  const drafts = bills.map(({ bill, names, otherPlans, isTest, buysCredits = false }) => ({
    header: { ...headerToProto(bill), ...names, isTest, buysCredits },
    lines: linesToProto(bill).map((line) => postedLine(line, products, otherPlans)),
  }));
  const bytesOf = (header: object, lines: PostedInit[], part: number, partCount: number) => {
    const message = { organisationId, bill: header, part, partCount, lines };
    const joint = jointId === undefined ? {} : { jointId };
    return toBinary(BillPartSchema, create(BillPartSchema, { ...message, ...joint }));
  };
  // Nearly all bills fit, and then their lines need not be measured.
  if (drafts.every(({ lines }) => lines.length <= LINES_TRIED_WHOLE)) {
    const whole = drafts.map(({ header, lines }, part) =>
      bytesOf(header, lines, part, drafts.length),
    );
    if (whole.every(({ byteLength }) => byteLength <= PART_BYTES_MAX)) return whole;
  }
  const parts = drafts.flatMap(({ header, lines }) =>
    partsOf(lines).map((own) => ({ header, lines: own })),
  );
  return parts.map(({ header, lines }, part) => bytesOf(header, lines, part, parts.length));
}

/** Of more lines it is likely that they do not fit into one message. */
const LINES_TRIED_WHOLE = 300;

type PostedInit = LineInit & { readonly productName?: string; readonly planId?: string };

function postedLine(
  line: LineInit,
  products: ProductNames,
  otherPlans: ReadonlyMap<string, PlanId> = NO_PLANS,
): PostedInit {
  const productName = products.get(line.productId ?? '');
  const planId = otherPlans.get(line.feeId ?? '');
  return {
    ...line,
    ...(productName === undefined ? {} : { productName }),
    ...(planId === undefined ? {} : { planId }),
  };
}

const NO_PLANS: ReadonlyMap<string, PlanId> = new Map();

function partsOf(lines: readonly PostedInit[]): PostedInit[][] {
  const parts: PostedInit[][] = [[]];
  let bytes = 0;
  for (const line of lines) {
    const size = toBinary(PostedLineSchema, create(PostedLineSchema, line)).byteLength;
    if (bytes > 0 && bytes + size > PART_BYTES_MAX) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(line);
    bytes += size;
  }
  return parts;
}
