import { assert } from '@billingrails/errors';
import { derivedId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import type { Group } from '@billingrails/rating';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import type { Invoice } from '../../invoices/domain/invoice';
import type { InvoiceStore } from '../../invoices/store/invoices';
import {
  account,
  OCTOBER,
  organisation,
  postedBill,
  usageCharge,
} from '../../testing/posted-bills';
import { scriptedUsage, type ScriptedEvent } from '../../testing/usage';
import { explainLine, type LinePart } from './explain-line';

const accountId = account('acct_67890');
const createMs = OCTOBER.endMs + 3_600_000;

/** An invoice of lines that price the same usage, one for each group. */
function invoiceOf(
  groups: readonly (Group | undefined)[],
  quantity: string,
  eventCount: bigint,
): Invoice {
  const lines = groups.map((group) => {
    const line = usageCharge('Calls', { tiers: [{ quantity, unitAmount: '1' }], eventCount });
    return group === undefined ? line : { ...line, group };
  });
  return { ...buildInvoice(postedBill({ lines })), createMs };
}

async function explained(invoice: Invoice, place: number, events: readonly ScriptedEvent[]) {
  const usageSource = scriptedUsage();
  usageSource.counted.push(...events);
  const invoices = { find: async () => invoice } as unknown as InvoiceStore;
  const line = invoice.sections[0]?.lines[place];
  assert(line !== undefined, 'there is a line');
  const request = { invoiceId: invoice.id, lineId: line.id, omitEvents: false };
  const { signal } = new AbortController();
  const parts: LinePart[] = [];
  const explaining = { invoices, usageSource };
  for await (const part of explainLine(explaining, organisation('acme'), request, signal))
    parts.push(part);
  const result = parts.at(-1);
  assert(result?.kind === 'result', 'the result comes last');
  return {
    keys: parts.flatMap((part) =>
      part.kind === 'events' ? part.events.map(({ key }) => key) : [],
    ),
    days: parts.filter(({ kind }) => kind === 'days').length,
    knownMs: parts[0]?.kind === 'line' ? parts[0].knownMs : undefined,
    quantity: result.sum && decimalText(result.sum.quantity),
    agrees: result.agrees,
  };
}

const event = (key: string, value: string, more: Partial<ScriptedEvent> = {}): ScriptedEvent => {
  return { accountId, key, timeMs: OCTOBER.startMs, value, ...more };
};

test('a line whose usage has not changed is explained as it is now', async () => {
  const invoice = invoiceOf([undefined], '3', 2n);
  const found = await explained(invoice, 0, [event('a', '1'), event('b', '2')]);
  expect(found).toMatchObject({ keys: ['a', 'b'], days: 1, quantity: '3', agrees: true });
  expect(found.knownMs).toBeUndefined();
});

test('events that came after the invoice are left out, and the explanation says as of when it is', async () => {
  const late = event('late', '5', { knownMs: createMs + 1 });
  const found = await explained(invoiceOf([undefined], '3', 1n), 0, [event('a', '3'), late]);
  expect(found).toMatchObject({ keys: ['a'], quantity: '3', agrees: true, knownMs: createMs });
});

test('events of the same quantity, but not as many, are not those that were billed', async () => {
  const known = { knownMs: createMs + 1 };
  const since = [event('more', '2', known), event('corrects', '-2', known)];
  const found = await explained(invoiceOf([undefined], '3', 1n), 0, [event('a', '3'), ...since]);
  expect(found).toMatchObject({ keys: ['a'], quantity: '3', agrees: true, knownMs: createMs });
});

test('what does not come to the line is told as it is, and said to differ', async () => {
  const found = await explained(invoiceOf([undefined], '4', 1n), 0, [event('a', '3')]);
  expect(found).toMatchObject({ keys: ['a'], quantity: '3', agrees: false });
});

test('credits that no grant covered are told by their line alone: metering has no meter of them', async () => {
  const line = usageCharge('Credits', { tiers: [{ quantity: '3', unitAmount: '1' }] });
  assert(line.usage !== undefined, 'it prices usage');
  const usage = { ...line.usage, meterId: derivedId('cun', 'one'), profile: 'overage' };
  const invoice = { ...buildInvoice(postedBill({ lines: [{ ...line, usage }] })), createMs };
  const found = await explained(invoice, 0, [event('a', '3')]);
  expect(found).toMatchObject({ keys: [], days: 0, quantity: undefined, agrees: false });
});

test('of the other groups, events of groups with a line of their own are left out', async () => {
  const invoice = invoiceOf([['eu'], 'other'], '3', 2n);
  const events = [
    event('eu', '3', { group: ['eu'] }),
    event('us', '1', { group: ['us'] }),
    event('none', '2', { group: [null] }),
  ];
  expect(await explained(invoice, 0, events)).toMatchObject({ keys: ['eu'], agrees: true });
  expect(await explained(invoice, 1, events)).toMatchObject({
    ...{ keys: ['us', 'none'], days: 0, quantity: '3', agrees: true },
  });
});

test('an adjustment of the other groups is not compared', async () => {
  const invoice = invoiceOf(['other'], '3', 1n);
  const [section] = invoice.sections;
  assert(section !== undefined, 'there is a section');
  const lines = section.lines.map((line) => ({ ...line, kind: 'adjustment' as const }));
  const adjusted = { ...invoice, sections: [{ ...section, lines }] };
  const found = await explained(adjusted, 0, [event('us', '1', { group: ['us'] })]);
  expect(found).toMatchObject({ keys: ['us'], agrees: false });
  expect(found.quantity).toBeUndefined();
});

test('the line that is asked for must be on the invoice', async () => {
  const invoice = invoiceOf([undefined], '3', 1n);
  const invoices = { find: async () => invoice } as unknown as InvoiceStore;
  const request = { invoiceId: invoice.id, lineId: derivedId('line', 'x'), omitEvents: false };
  const { signal } = new AbortController();
  const parts = { invoices, usageSource: scriptedUsage() };
  const first = explainLine(parts, organisation('acme'), request, signal).next();
  await expect(first).rejects.toMatchObject({ reason: 'LINE_NOT_FOUND' });
});
