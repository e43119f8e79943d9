import { create, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { ChargeGroupSchema } from '@billingrails/contracts/billingrails/billing/v1/billing_period_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  PeriodClosedSchema,
  type PeriodClosed,
} from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import { readStep, type Group, type RatedStep } from '@billingrails/rating';
import { RATED_STEPS } from '@billingrails/rating/testing';
import { toTimestamp } from '@billingrails/rpc';
import type { Charge } from '../domain/closed-period';
import { closedPeriod, flatCharge, usageCharge } from '../../test-support/closed-periods';
import { periodClosedBytes } from '../../test-support/period-closed-message';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import { invoiceToProto } from '../../invoices/contract/invoice';
import { invoiceFromDoc, invoiceToDoc } from '../../invoices/store/invoice-doc';
import { closedPeriodFromBytes } from './closed-period';

test('a message says everything that the closed period says', () => {
  const tiers = [
    { upTo: '10', quantity: '10', unitAmount: '0.000000000000000001', flatAmount: '5' },
    { above: '10', quantity: '-3', unitAmount: '99999999999999999999' },
  ];
  const calls = usageCharge('Calls', { tiers });
  const groups: Group[] = [['eu', -1.5, true], [null], [''], 'other'];
  const versions = { profileVersion: 3, groupVersion: 2 };
  const closed = closedPeriod({
    timeZone: 'Pacific/Kiritimati',
    charges: [
      ...closedPeriod().charges,
      usageCharge('Other', { eventCount: 2n ** 62n, tiers }),
      ...groups.map((group) => ({ ...calls, group })),
      { ...calls, group: ['eu'], usage: { ...calls.usage, ...versions } } as Charge,
    ],
  });
  expect(closedPeriodFromBytes(periodClosedBytes(closed))).toEqual(closed);
});

test.each(Object.values<RatedStep>(RATED_STEPS).map((step) => [step.kind, step] as const))(
  'a step of %s is the same in the message, in the document and on the invoice',
  (_kind, step) => {
    const { quantity, amount } = step;
    const charge = { ...flatCharge('Fee', '1'), quantity, exactAmount: amount, steps: [step] };
    const [read] = closedPeriodFromBytes(
      periodClosedBytes(closedPeriod({ charges: [charge] })),
    ).charges;
    expect(read?.steps).toEqual([step]);
    const invoice = buildInvoice(closedPeriod({ charges: [flatCharge('Fee', '1')] }));
    const lines = invoice.lines.map((line) => ({ ...line, steps: [step] }));
    const doc = structuredClone(invoiceToDoc({ ...invoice, lines }, 1));
    expect(invoiceFromDoc(doc).lines[0]?.steps).toEqual([step]);
    const shown = create(InvoiceSchema, invoiceToProto({ ...invoice, lines })).lines[0]?.steps;
    expect(shown?.map((each) => readStep(each, 'step', unread))).toEqual([step]);
  },
);

const unread = (path: string): never => {
  throw new Error(path);
};

test('a period that does not say its time zone, from before any did, is one in UTC', () => {
  const message = fromBinary(PeriodClosedSchema, periodClosedBytes(closedPeriod()));
  edit(message, { timeZone: '' });
  expect(closedPeriodFromBytes(toBinary(PeriodClosedSchema, message)).timeZone).toBe('UTC');
});

test('a time zone is read by its canonical name', () => {
  const message = fromBinary(PeriodClosedSchema, periodClosedBytes(closedPeriod()));
  edit(message, { timeZone: 'europe/berlin' });
  expect(closedPeriodFromBytes(toBinary(PeriodClosedSchema, message)).timeZone).toBe(
    'Europe/Berlin',
  );
});

test.each<[string, Uint8Array]>([
  ['text', new TextEncoder().encode('not a message')],
  ['a message cut off', periodClosedBytes(closedPeriod()).subarray(0, 100)],
])('%s is undecodable', (_, data) => {
  expect(() => closedPeriodFromBytes(data)).toThrow(
    expect.objectContaining({ kind: 'invalid', reason: 'UNDECODABLE_MESSAGE' }),
  );
});

const text = fromJson(ValueSchema, 'eu');
const list = fromJson(ValueSchema, ['eu']);

test.each<[string, (message: PeriodClosed) => void]>([
  ['organisation_id', (message) => (message.organisationId = '')],
  ['billing_period', (message) => delete message.billingPeriod],
  ['billing_period.id', (message) => edit(message, { id: 'inv_1' })],
  ['billing_period.subscription_id', (message) => edit(message, { subscriptionId: '' })],
  ['billing_period.account_id', (message) => edit(message, { accountId: 'a b' })],
  ['billing_period.period.start_time', (message) => edit(message, { period: undefined })],
  [
    'billing_period.due_time',
    (message) => edit(message, { dueTime: undefined, closeTime: undefined }),
  ],
  ['billing_period.charges[1].fee_id', (message) => editCharge(message, { feeId: 'x' })],
  ['billing_period.charges[1].quantity', (message) => editCharge(message, { quantity: 'NaN' })],
  ['billing_period.charges[1].amount', (message) => editCharge(message, { amount: '' })],
  [
    'billing_period.charges[1].group.values[1]',
    (message) =>
      editCharge(message, { group: create(ChargeGroupSchema, { values: [text, list] }) }),
  ],
  ['billing_period.charges[1].steps[0].quantity', (message) => editStep(message, '01')],
])('a message with a broken %s is refused by that name', (field, damage) => {
  const message = fromBinary(PeriodClosedSchema, periodClosedBytes(closedPeriod()));
  damage(message);
  expect(() => closedPeriodFromBytes(toBinary(PeriodClosedSchema, message))).toThrow(
    expect.objectContaining({
      reason: 'UNREADABLE_MESSAGE',
      violations: [{ field, description: 'is missing or malformed' }],
    }),
  );
});

test('an empty message is refused', () => {
  const data = toBinary(PeriodClosedSchema, create(PeriodClosedSchema));
  expect(() => closedPeriodFromBytes(data)).toThrow('billing_period');
});

function edit({ billingPeriod }: PeriodClosed, changes: object): void {
  Object.assign(billingPeriod ?? {}, changes);
}

function editCharge({ billingPeriod }: PeriodClosed, changes: object): void {
  Object.assign(billingPeriod?.charges[1] ?? {}, changes);
}

function editStep({ billingPeriod }: PeriodClosed, quantity: string): void {
  Object.assign(billingPeriod?.charges[1]?.steps[0] ?? {}, { quantity });
}

test('a period from before it said when it fell due is dated when it was closed', () => {
  const message = fromBinary(PeriodClosedSchema, periodClosedBytes(closedPeriod()));
  edit(message, { dueTime: undefined, closeTime: toTimestamp(Date.UTC(2026, 10, 3)) });
  const { dueMs } = closedPeriodFromBytes(toBinary(PeriodClosedSchema, message));
  expect(dueMs).toBe(Date.UTC(2026, 10, 3));
});
