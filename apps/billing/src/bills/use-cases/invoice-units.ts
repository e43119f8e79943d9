import { derivedId, type JointId, type OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import { billPartBytes, type NamedBill, type ProductNames } from '../contract/bill-parts';
import type { BillResult, MadeBill } from './bill-result';

/** The subject that bills travel on. */
export const BILL_POSTED_SUBJECT = 'billing.bill_posted';

/** What is written together or not at all: bills that are one invoice, or what came of one subscription. */
export interface InvoiceUnit {
  readonly results: readonly BillResult[];
  readonly messages: readonly OutboxMessage[];
}

/**
 * The units that results make. Bills that were claimed together are one invoice where they have one payer, who wants
 * that, one currency and one date.
 */
export function unitsOf(
  organisationId: OrganisationId,
  results: readonly BillResult[],
  products: ProductNames,
): InvoiceUnit[] {
  const units = new Map<string, BillResult[]>();
  for (const result of results) {
    const key = unitKey(result);
    const others = units.get(key);
    if (others === undefined) units.set(key, [result]);
    else others.push(result);
  }
  return [...units.values()].flatMap((together) => bounded(organisationId, together, products));
}

/** Bills whose messages together are longer than this are several invoices: one is a document in the database. */
const JOINT_BYTES_MAX = 4 * 1024 * 1024;

function bounded(
  organisationId: OrganisationId,
  results: readonly BillResult[],
  products: ProductNames,
): InvoiceUnit[] {
  const unit = unitOf(organisationId, results, products);
  const bytes = unit.messages.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes <= JOINT_BYTES_MAX || results.length === 1) return [unit];
  const half = Math.ceil(results.length / 2);
  return [results.slice(0, half), results.slice(half)].flatMap((part) =>
    bounded(organisationId, part, products),
  );
}

/** Each by itself: where they cannot be written together, or some of them are not to be. */
export function apart(
  organisationId: OrganisationId,
  { results }: InvoiceUnit,
  products: ProductNames,
): InvoiceUnit[] {
  return results.map((result) => unitOf(organisationId, [result], products));
}

function unitKey({ claim, made }: BillResult): string {
  const { jointKey, subscription } = claim;
  if (jointKey === undefined || made?.isJoint !== true) return subscription.id;
  const { payerId, currencyCode, dueMs } = made.bill;
  return `${jointKey}/${payerId}/${currencyCode}/${dueMs}`;
}

function unitOf(
  organisationId: OrganisationId,
  results: readonly BillResult[],
  products: ProductNames,
): InvoiceUnit {
  const made = results.flatMap((result) => result.made ?? []).sort(inOrder);
  const [first, second] = made;
  if (first === undefined) return { results, messages: [] };
  const id = second === undefined ? first.bill.id : jointIdOf(organisationId, made);
  const parts = billPartBytes(
    organisationId,
    made,
    products,
    second === undefined ? undefined : (id as JointId),
  );
  const messages = parts.map((data, part) => ({
    id: parts.length === 1 ? id : `${id}/${part}`,
    subject: BILL_POSTED_SUBJECT,
    data,
  }));
  return { results, messages };
}

/** First the payer's own, then by account, of an account by subscription. */
function inOrder({ bill: a }: MadeBill, { bill: b }: MadeBill): number {
  const keyOf = ({ accountId, payerId, subscriptionId }: MadeBill['bill']): string =>
    JSON.stringify([accountId === payerId ? 0 : 1, accountId, subscriptionId]);
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

function jointIdOf(organisationId: OrganisationId, bills: readonly NamedBill[]): JointId {
  return derivedId('jnt', organisationId, ...bills.map(({ bill }) => bill.id));
}
