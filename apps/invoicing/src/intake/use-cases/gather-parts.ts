import { invoiceIdOf } from '../../invoices/domain/build-invoice';
import type {
  Dropped,
  Issued,
  IssueStores,
  NotIssued,
} from '../../invoices/use-cases/issue-invoices';
import { billPartFromBytes } from '../contract/posted-bill';
import { billsOf, partsKeyOf, type BillPart } from '../domain/bill-part';
import type { BillsTogether } from '../domain/together';
import type { BillPartStore, PartsKey } from '../store/bill-parts';

/** What handling a message needs of the stores. */
export interface IntakeStores extends IssueStores {
  readonly billParts: BillPartStore;
}

/** What came of a message: unset while other parts of its invoice have not come. */
export type Intake = Issued | undefined | NotIssued | Dropped;

/** Messages of one invoice that have come together, by their places among all of them. */
export interface Gathering extends PartsKey {
  readonly indexes: number[];
  readonly parts: BillPart[];
  readonly partCount: number;
}

/** What is complete, and what is done already: stored until the rest comes, issued before, or no message at all. */
export interface Gathered {
  readonly gathered: readonly { readonly gathering: Gathering; readonly bills: BillsTogether }[];
  readonly settled: readonly { readonly gathering: Gathering; readonly intake: Intake }[];
}

/**
 * Gathers the parts of invoices. What has come whole needs no store; of all others the parts are kept, and what others
 * kept before is read, in a few round trips however many there are.
 */
export async function gatherParts(
  stores: IntakeStores,
  messages: readonly Uint8Array[],
): Promise<Gathered> {
  const { gatherings, refused } = gatheringsOf(messages);
  const settled: { gathering: Gathering; intake: Intake }[] = [...refused];
  const gathered: { gathering: Gathering; bills: BillsTogether }[] = [];
  const partial: Gathering[] = [];
  for (const gathering of gatherings) {
    const bills = billsOf(gathering.parts);
    if (bills === undefined) partial.push(gathering);
    else gathered.push({ gathering, bills });
  }
  if (partial.length === 0) return { gathered, settled };

  // Parts that come again after all: no others will.
  const issued = await stores.invoices.findMany(partial.map(invoiceOf));
  const waiting: Gathering[] = [];
  for (const gathering of partial) {
    const invoice = issued.get(invoiceOf(gathering).id);
    if (invoice !== undefined) settled.push({ gathering, intake: { invoice, isNew: false } });
    else waiting.push(gathering);
  }
  await stores.billParts.add(
    waiting.flatMap(({ organisationId, key, indexes, parts }) =>
      parts.map(({ part }, place) => {
        const data = messages[indexes[place] ?? -1] ?? new Uint8Array();
        return { organisationId, key, part, data };
      }),
    ),
  );
  // Whoever adds the last part reads all: what others added before is committed.
  const kept = new Map<string, BillPart[]>();
  for (const data of await stores.billParts.of(waiting)) {
    const part = billPartFromBytes(data);
    const key = textOf(keyOf(part));
    kept.set(key, [...(kept.get(key) ?? []), part]);
  }
  for (const gathering of waiting) {
    const bills = billsOf(kept.get(textOf(gathering)) ?? []);
    if (bills === undefined) settled.push({ gathering, intake: undefined });
    else gathered.push({ gathering, bills });
  }
  return { gathered, settled };
}

function gatheringsOf(messages: readonly Uint8Array[]) {
  const byKey = new Map<string, Gathering>();
  const alone: Gathering[] = [];
  const refused: { gathering: Gathering; intake: NotIssued }[] = [];
  for (const [index, data] of messages.entries()) {
    try {
      const part = billPartFromBytes(data);
      const { partCount } = part;
      const gathering = { ...keyOf(part), partCount, indexes: [index], parts: [part] };
      // A bill in one message that comes twice is decided about twice: with other content it is refused.
      const others = partCount === 1 ? undefined : byKey.get(textOf(gathering));
      if (partCount === 1) alone.push(gathering);
      else if (others === undefined) byKey.set(textOf(gathering), gathering);
      else {
        others.indexes.push(index);
        others.parts.push(part);
      }
    } catch (error) {
      const gathering = { ...NOBODYS, partCount: 1, indexes: [index], parts: [] };
      refused.push({ gathering, intake: { error } });
    }
  }
  return { gatherings: [...alone, ...byKey.values()], refused };
}

/** A message that cannot be read is of no invoice. */
const NOBODYS: PartsKey = { organisationId: 'org_', key: 'bill_' };

function keyOf(part: BillPart): PartsKey {
  return { organisationId: part.bill.organisationId, key: partsKeyOf(part) };
}

function textOf({ organisationId, key }: PartsKey): string {
  return `${organisationId}/${key}`;
}

function invoiceOf({ organisationId, key }: PartsKey) {
  return { organisationId, id: invoiceIdOf(organisationId, key) };
}
