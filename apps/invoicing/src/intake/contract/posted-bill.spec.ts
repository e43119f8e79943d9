import { create, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { derivedId } from '@billingrails/ids';
import { ChargeGroupSchema } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import {
  BillPartSchema,
  type BillPart,
} from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { readStep, type Group, type RatedStep } from '@billingrails/rating';
import { RATED_STEPS } from '@billingrails/rating/testing';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { linesOf } from '../../invoices/domain/invoice';
import { invoiceToProto } from '../../invoices/contract/invoice';
import { invoiceFromDoc, invoiceToDoc } from '../../invoices/store/invoice-doc';
import { account, flatCharge, postedBill, usageCharge } from '../../testing/posted-bills';
import { billPartBytes } from '../../testing/bill-part-message';
import { billPartFromBytes } from './posted-bill';

test('a message says everything that the closed period says', () => {
  const tiers = [
    { upTo: '10', quantity: '10', unitAmount: '0.000000000000000001', flatAmount: '5' },
    { above: '10', quantity: '-3', unitAmount: '99999999999999999999' },
  ];
  const calls = usageCharge('Calls', { tiers });
  const versions = { profileVersion: 3, groupVersion: 2 };
  const groups: Group[] = [['eu', -1.5, true], [null], [''], 'other'];
  const closed = postedBill({
    timeZone: 'Pacific/Kiritimati',
    lines: [
      ...postedBill().lines,
      usageCharge('Other', { eventCount: 2n ** 62n, tiers }),
      ...groups.map((group) => ({ ...calls, group })),
      { ...calls, group: ['eu'], usage: { ...present(calls.usage), ...versions } },
    ],
  });
  expect(billPartFromBytes(billPartBytes(closed))).toEqual({ part: 0, partCount: 1, bill: closed });
  expect(billPartFromBytes(billPartBytes(closed, 2, 3))).toMatchObject({ part: 2, partCount: 3 });
  const paid = { ...closed, payer: { accountId: account('payer'), accountName: 'Payer' } };
  const jointId = derivedId('jnt', 'one');
  const message = { jointId, part: 1, partCount: 2, bill: paid };
  expect(billPartFromBytes(billPartBytes(paid, 1, 2, jointId))).toEqual(message);
});

test('a time zone is read by its canonical name', () => {
  const message = fromBinary(BillPartSchema, billPartBytes(postedBill()));
  edit(message, { timeZone: 'europe/berlin' });
  expect(billPartFromBytes(toBinary(BillPartSchema, message)).bill.timeZone).toBe('Europe/Berlin');
});

test.each<[string, Uint8Array]>([
  ['text', new TextEncoder().encode('not a message')],
  ['a message cut off', billPartBytes(postedBill()).subarray(0, 100)],
])('%s is undecodable', (_, data) => {
  expect(() => billPartFromBytes(data)).toThrow(
    expect.objectContaining({ kind: 'invalid', reason: 'UNDECODABLE_MESSAGE' }),
  );
});

const text = fromJson(ValueSchema, 'eu');
const list = fromJson(ValueSchema, ['eu']);

test.each<[string, (message: BillPart) => void]>([
  ['organisation_id', (message) => (message.organisationId = '')],
  ['bill', (message) => delete message.bill],
  ['bill.id', (message) => edit(message, { id: 'inv_1' })],
  ['bill.subscription_id', (message) => edit(message, { subscriptionId: '' })],
  ['bill.account_id', (message) => edit(message, { accountId: 'a b' })],
  ['bill.period.start_time', (message) => edit(message, { period: undefined })],
  ['bill.due_time', (message) => edit(message, { dueTime: undefined })],
  ['part', (message) => (message.part = 1)],
  ['lines[1].charge_id', (message) => editCharge(message, { chargeId: 'x' })],
  ['lines[1].kind', (message) => editCharge(message, { kind: 0 })],
  ['lines[1].exact_amount', (message) => editCharge(message, { exactAmount: '' })],
  ['lines[1].fee_id', (message) => editCharge(message, { feeId: 'x' })],
  ['lines[1].quantity', (message) => editCharge(message, { quantity: 'NaN' })],
  ['lines[1].amount', (message) => editCharge(message, { amount: undefined })],
  [
    'lines[1].group.values[1]',
    (message) =>
      editCharge(message, { group: create(ChargeGroupSchema, { values: [text, list] }) }),
  ],
  ['lines[1].steps[0].quantity', (message) => editStep(message, '01')],
])('a message with a broken %s is refused by that name', (field, damage) => {
  const message = fromBinary(BillPartSchema, billPartBytes(postedBill()));
  damage(message);
  expect(() => billPartFromBytes(toBinary(BillPartSchema, message))).toThrow(
    expect.objectContaining({
      reason: 'UNREADABLE_MESSAGE',
      violations: [{ field, description: 'is missing or malformed' }],
    }),
  );
});

test('an empty message is refused', () => {
  const data = toBinary(BillPartSchema, create(BillPartSchema));
  expect(() => billPartFromBytes(data)).toThrow('bill');
});

function edit({ bill }: BillPart, changes: object): void {
  Object.assign(bill ?? {}, changes);
}

function editCharge({ lines }: BillPart, changes: object): void {
  Object.assign(lines[1] ?? {}, changes);
}

function editStep({ lines }: BillPart, quantity: string): void {
  Object.assign(lines[1]?.steps[0] ?? {}, { quantity });
}

test.each(Object.values<RatedStep>(RATED_STEPS).map((step) => [step.kind, step] as const))(
  'a step of %s is the same in the message, in the document and on the invoice',
  (_kind, step) => {
    const { quantity, amount } = step;
    const line = { ...flatCharge('Fee', '1'), quantity, exactAmount: amount, steps: [step] };
    const [read] = billPartFromBytes(billPartBytes(postedBill({ lines: [line] }))).bill.lines;
    expect(read?.steps).toEqual([step]);
    const built = buildInvoice(postedBill({ lines: [flatCharge('Fee', '1')] }));
    const lines = linesOf(built).map((each) => ({ ...each, steps: [step] }));
    const invoice = { ...built, sections: built.sections.map((each) => ({ ...each, lines })) };
    const doc = structuredClone(invoiceToDoc(invoice, 1));
    expect(linesOf(invoiceFromDoc(doc))[0]?.steps).toEqual([step]);
    const shown = create(InvoiceSchema, invoiceToProto(invoice, undefined, 0)).lines[0]?.steps;
    expect(shown?.map((each) => readStep(each, 'step', unread))).toEqual([step]);
  },
);

const unread = (path: string): never => {
  throw new Error(path);
};

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The test has no such thing.');
  return value;
}
