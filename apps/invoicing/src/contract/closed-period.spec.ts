import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  PeriodClosedSchema,
  type PeriodClosed,
} from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import { closedPeriod, usageCharge } from '../test-support/closed-periods';
import { periodClosedBytes } from '../test-support/period-closed-message';
import { closedPeriodFromBytes } from './closed-period';

test('a message says everything that the closed period says', () => {
  const tiers = [
    { upTo: '10', quantity: '10', unitAmount: '0.000000000000000001', flatAmount: '5' },
    { from: '10', quantity: '-3', unitAmount: '99999999999999999999' },
  ];
  const closed = closedPeriod({
    charges: [...closedPeriod().charges, usageCharge('Other', { eventCount: 2n ** 62n, tiers })],
  });
  expect(closedPeriodFromBytes(periodClosedBytes(closed))).toEqual(closed);
});

test.each<[string, Uint8Array]>([
  ['text', new TextEncoder().encode('not a message')],
  ['a message cut off', periodClosedBytes(closedPeriod()).subarray(0, 100)],
])('%s is undecodable', (_, data) => {
  expect(() => closedPeriodFromBytes(data)).toThrow(
    expect.objectContaining({ kind: 'invalid', reason: 'UNDECODABLE_MESSAGE' }),
  );
});

test.each<[string, (message: PeriodClosed) => void]>([
  ['organisation_id', (message) => (message.organisationId = '')],
  ['billing_period', (message) => delete message.billingPeriod],
  ['billing_period.id', (message) => edit(message, { id: 'inv_1' })],
  ['billing_period.subscription_id', (message) => edit(message, { subscriptionId: '' })],
  ['billing_period.account_id', (message) => edit(message, { accountId: 'a b' })],
  ['billing_period.period.start_time', (message) => edit(message, { period: undefined })],
  ['billing_period.close_time', (message) => edit(message, { closeTime: undefined })],
  ['billing_period.charges[1].fee_id', (message) => editCharge(message, { feeId: 'x' })],
  ['billing_period.charges[1].quantity', (message) => editCharge(message, { quantity: 'NaN' })],
  ['billing_period.charges[1].amount', (message) => editCharge(message, { amount: '' })],
  ['billing_period.charges[1].tiers[0].quantity', (message) => editTier(message, '01')],
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

function editTier({ billingPeriod }: PeriodClosed, quantity: string): void {
  Object.assign(billingPeriod?.charges[1]?.tiers[0] ?? {}, { quantity });
}
