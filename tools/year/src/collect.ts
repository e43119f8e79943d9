import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Bill, BillLine } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type {
  Invoice,
  InvoiceLine,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { billName, type BillName, type ExpectedLine } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';

/** The name of a discount, then what it is taken off. */
const DISCOUNT_LINE = /^Discount \d+ \((.*)\)$/;

/** A bill as it was invoiced, in the words of the recomputation. */
export interface Invoiced {
  readonly subscription: string;
  readonly number: number;
  readonly lines: readonly ExpectedLine[];
}

/** An invoice with the names of its bills, in the order of its sections. */
export interface MadeInvoice {
  readonly bills: readonly BillName[];
  readonly invoice: Invoice;
}

/** What the platform made. */
export interface Made {
  readonly bills: number;
  readonly invoices: readonly MadeInvoice[];
  /** Every bill that is on an invoice, as often as it is. */
  readonly invoiced: readonly Invoiced[];
  readonly billed: Billed;
}

/** What lines are told by. */
export interface Billed {
  /** The numbers of bills by their ids. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The descriptions of charges by their ids: credits may cover one of an earlier bill. */
  readonly charges: ReadonlyMap<string, string>;
}

/** All bills and their invoices, once every bill has one. */
export async function collect(
  clients: Clients,
  subscriptions: ReadonlyMap<string, string>,
): Promise<Made> {
  const bills = await allBills(clients);
  const invoices = await until('every bill is on an invoice', async () => {
    const found = await allInvoices(clients);
    const count = found.reduce((sum, { sections }) => sum + sections.length, 0);
    return count >= bills.length ? found : undefined;
  });
  const names = new Map([...subscriptions].map(([name, id]) => [id, name]));
  const numbers = new Map(bills.map(({ id, number }) => [id, number]));
  const charges = chargesIn(invoices.flatMap(({ lines }) => lines));
  const sections = invoices.map((invoice) =>
    sectionsOf(invoice).map(({ subscriptionId, billId, lines }) => ({
      subscription: names.get(subscriptionId) ?? subscriptionId,
      number: numbers.get(billId) ?? -1,
      lines: toLines(lines, { numbers, charges }),
    })),
  );
  return {
    bills: bills.length,
    billed: { numbers, charges },
    invoices: invoices.map((invoice, place) => {
      return { invoice, bills: (sections[place] ?? []).map(billName) };
    }),
    invoiced: sections.flat(),
  };
}

/** What an invoice asks for each of its bills. */
function sectionsOf({ sections, lines }: Invoice) {
  let first = 0;
  return sections.map(({ subscriptionId, billId, lineCount }) => {
    const own = lines.slice(first, first + lineCount);
    first += lineCount;
    return { subscriptionId, billId, lines: own };
  });
}

async function allBills(clients: Clients): Promise<Bill[]> {
  return allPages(async (pageToken) => {
    const { bills, nextPageToken } = await clients.bills.listBills({ pageToken, pageSize: 1000 });
    return { items: bills, nextPageToken };
  });
}

async function allInvoices(clients: Clients): Promise<Invoice[]> {
  return allPages(async (pageToken) => {
    const page = await clients.invoices.listInvoices({ pageToken, pageSize: 1000 });
    return { items: page.invoices, nextPageToken: page.nextPageToken };
  });
}

/** What a list has on all its pages. */
export async function allPages<T>(
  next: (pageToken: string) => Promise<{ items: T[]; nextPageToken: string }>,
): Promise<T[]> {
  const all: T[] = [];
  let pageToken = '';
  do {
    const { items, nextPageToken } = await next(pageToken);
    all.push(...items);
    pageToken = nextPageToken;
  } while (pageToken !== '');
  return all;
}

/** Lines of an invoice for a bill, or of a bill that was shown. */
export function toLines(
  lines: readonly (InvoiceLine | BillLine)[],
  { numbers, charges: billed }: Billed,
): ExpectedLine[] {
  const charges = new Map([...billed, ...chargesIn(lines)]);
  return lines.map((line) => {
    const { coveredChargeId: covered, description } = line;
    // On invoices what a discount is taken off stands in its description only.
    const [, off = ''] = DISCOUNT_LINE.exec(description) ?? [];
    const covers = off !== '' || covered === '' ? off : (charges.get(covered) ?? covered);
    return { ...toLine(line, numbers), covers };
  });
}

function chargesIn(lines: readonly (InvoiceLine | BillLine)[]): Map<string, string> {
  return new Map(lines.map(({ chargeId, description }) => [chargeId, description]));
}

function toLine(
  line: InvoiceLine | BillLine,
  numbers: ReadonlyMap<string, number>,
): Omit<ExpectedLine, 'covers'> {
  const { period, amount, quantity, description, credited } = line;
  return {
    kind: LineKind[line.kind] as ExpectedLine['kind'],
    reason: LineReason[line.reason],
    description,
    startMs: period?.startTime ? timestampMs(period.startTime) : Number.NaN,
    endMs: period?.endTime ? timestampMs(period.endTime) : Number.NaN,
    quantity,
    events: Number(line.eventCount),
    credited,
    billedAmount: line.billedAmount,
    exactAmount: line.exactAmount,
    amount: amount?.amount ?? '',
    corrects: line.correctsBillId === '' ? -1 : (numbers.get(line.correctsBillId) ?? Number.NaN),
  };
}
