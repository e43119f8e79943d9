import { fromBinary } from '@bufbuild/protobuf';
import {
  PaymentAttemptState,
  RefundState,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import { CreditNoteDisposition } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_pb';
import {
  DisputeState,
  PaymentSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/payment_pb';
import { PaymentStatus } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import { failureOf } from '@billingrails/rpc/testing';
import { startFakeStripe, type FakeStripe } from '@billingrails/testing';
import { changesOf } from '../../testing/changes';
import { planSummariesOf } from '../../testing/plan-summaries';
import { startWorld, type Replica, type World } from '../../testing/world';
import { collectingWorld, usd, type Collecting } from '../testing/collecting-world';

let stripe: FakeStripe;
let world: World;
let replica: Replica;
let open: (name: string) => Promise<Collecting>;

beforeAll(async () => {
  stripe = await startFakeStripe();
  world = await startWorld({ stripeUrl: stripe.url });
  replica = await world.replica();
  await world.mongo.db.command({ profile: 2 });
  open = (name) => collectingWorld({ world, replica, stripe }, name);
});

afterAll(async () => {
  await world?.stop();
  await stripe?.close();
});

beforeEach(() => {
  stripe.fault = () => undefined;
});

test('what is paid by hand while money is taken goes to the balance, and is paid back from there', async () => {
  const acme = await open('over-payment');
  await acme.payBy('pm_debit');
  const invoice = await acme.invoice('20');
  const processing = await acme.attempt(invoice.id, PaymentAttemptState.PROCESSING);
  await acme.payments.recordPayment({ accountId: acme.accountId, amount: usd('5') });
  const intent = stripe.books.finish(processing.paymentIntentId, true);
  expect(await acme.tell('payment_intent.succeeded', intent)).toBe(200);
  const { paymentId } = await acme.settled(invoice.id);
  const { payment } = await acme.payments.getPayment({ paymentId });
  expect(payment).toMatchObject({ amount: usd('20.00'), balanceAmount: usd('5.00') });

  const tooMuch = acme.payments.refundPayment({ paymentId, amount: usd('5.01') });
  expect((await failureOf(tooMuch)).reason).toBe('REFUND_EXCEEDS_BALANCE');
  const request = { paymentId, amount: usd('5'), reason: 'Twice', requestId: 'once' };
  const { refund } = await acme.payments.refundPayment(request);
  expect(refund).toMatchObject({ state: RefundState.STARTED, amount: usd('5.00') });
  expect((await acme.payments.refundPayment(request)).refund).toEqual(refund);
  const done = await acme.refunded(paymentId, RefundState.SUCCEEDED);
  expect(done).toMatchObject([{ id: refund?.id, reason: 'Twice' }]);
  expect(
    [...stripe.books.refunds.values()].filter((each) => each.payment_intent === intent.id),
  ).toMatchObject([{ amount: 500, metadata: { refund_id: refund?.id } }]);
  expect(await acme.owed()).toEqual(['0.00', '0.00', '0.00']);
});

test('a credit note refunds by itself what was taken, once whatever fails; what the bank sends back is on the balance', async () => {
  const acme = await open('credited');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const { paymentId } = await acme.settled(invoice.id);
  let faults = 0;
  stripe.fault = (request) =>
    request === 'POST /v1/refunds' && (faults += 1) === 1 ? 'failed' : undefined;
  const disposition = CreditNoteDisposition.REFUND;
  const credit = { invoiceId: invoice.id, disposition, requestId: 'c' };
  const { creditNote } = await acme.creditNotes.createCreditNote(credit);
  const [refund] = await acme.hurried(() => acme.refunded(paymentId, RefundState.SUCCEEDED));
  expect(refund).toMatchObject({ creditNoteId: creditNote?.id, amount: usd('20.00') });
  const made = [...stripe.books.refunds.values()].filter(
    ({ metadata }) => metadata['refund_id'] === refund?.id,
  );
  expect(made).toHaveLength(1);
  expect(await acme.owed()).toEqual(['0.00', '0.00', '0.00']);
  const { payment } = await acme.payments.getPayment({ paymentId });
  expect(payment?.refundedAmount).toMatchObject(usd('20.00'));

  Object.assign(made[0] ?? {}, { status: 'failed', failure_reason: 'lost_or_stolen_card' });
  expect(await acme.tell('refund.failed', made[0] ?? {})).toBe(200);
  const failed = await acme.refunded(paymentId, RefundState.FAILED);
  expect(failed).toMatchObject([{ failureCode: 'lost_or_stolen_card' }]);
  expect(await acme.owed()).toEqual(['0.00', '20.00', '-20.00']);
  expect(await toldOf(acme, 'refund.')).toEqual(['refund.succeeded', 'refund.failed']);
});

test('a refund that was made at Stripe is found, and is taken from the balance', async () => {
  const acme = await open('refunded there');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const attempt = await acme.settled(invoice.id);
  const form = { payment_intent: attempt.paymentIntentId, amount: '700' };
  const { body } = stripe.books.answer('POST', '/v1/refunds', form);
  expect(await acme.tell('charge.refunded', { ...body, object: 'charge' })).toBe(200);
  expect(await acme.refunded(attempt.paymentId, RefundState.SUCCEEDED)).toMatchObject([
    { amount: usd('7.00'), stripeRefundId: (body as { id: string }).id, creditNoteId: '' },
  ]);
  expect(await acme.owed()).toEqual(['0.00', '-7.00', '7.00']);
  // Heard of again, it is the same.
  expect(await acme.tell('charge.refunded', { ...body, object: 'charge' })).toBe(200);
  await acme.quiet(attempt.id);
  expect(await acme.owed()).toEqual(['0.00', '-7.00', '7.00']);
});

test.each([
  ['won', DisputeState.WON, PaymentStatus.PAID, ['0.00', '0.00', '0.00']],
  ['lost', DisputeState.LOST, PaymentStatus.OPEN, ['20.00', '0.00', '20.00']],
])(
  'a dispute is opened, and %s, in whatever order it is heard of',
  async (end, state, status, owed) => {
    const acme = await open(`dispute ${end}`);
    await acme.payBy('pm_card');
    const invoice = await acme.invoice('20');
    const { paymentId, paymentIntentId } = await acme.settled(invoice.id);
    const dispute = stripe.books.dispute(paymentIntentId);
    const opened = { ...dispute };
    expect(await acme.tell('charge.dispute.created', opened)).toBe(200);
    await acme.disputed(paymentId, DisputeState.OPENED);
    expect(await acme.status(invoice.id)).toBe(PaymentStatus.PAID);
    dispute.status = end;
    expect(await acme.tell('charge.dispute.closed', dispute)).toBe(200);
    await acme.disputed(paymentId, state);
    // An older event that comes late changes nothing.
    expect(await acme.tell('charge.dispute.updated', opened)).toBe(200);
    const { attempts } = await acme.collections.listPaymentAttempts({ invoiceId: invoice.id });
    await acme.quiet(attempts[0]?.id ?? '');
    const { payment } = await acme.payments.getPayment({ paymentId });
    expect(payment?.dispute).toMatchObject({ state, reason: 'fraudulent', amount: usd('20.00') });
    expect(payment?.reverseTime === undefined).toBe(end === 'won');
    expect(await acme.status(invoice.id)).toBe(status);
    expect(await acme.owed()).toEqual(owed);
    const reversed = end === 'lost' ? ['payment.reversed'] : [];
    expect(await toldOf(acme, 'payment.')).toEqual([
      ...['payment.recorded', 'payment.disputed', ...reversed, `payment.dispute_${end}`],
    ]);
  },
);

test('a dispute that is won after it was lost brings back what it took, once, as a payment of its own', async () => {
  const acme = await open('lost and won');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const attempt = await acme.settled(invoice.id);
  const dispute = stripe.books.dispute(attempt.paymentIntentId);
  dispute.status = 'lost';
  expect(await acme.tell('charge.dispute.closed', dispute)).toBe(200);
  await acme.disputed(attempt.paymentId, DisputeState.LOST);
  expect(await acme.owed()).toEqual(['20.00', '0.00', '20.00']);
  dispute.status = 'won';
  for (const type of ['charge.dispute.funds_reinstated', 'charge.dispute.updated']) {
    expect(await acme.tell(type, dispute)).toBe(200);
    await acme.disputed(attempt.paymentId, DisputeState.WON);
    await acme.quiet(attempt.id);
  }
  expect(await acme.status(invoice.id)).toBe(PaymentStatus.PAID);
  expect(await acme.owed()).toEqual(['0.00', '0.00', '0.00']);
  const { payments } = await acme.payments.listPayments({ accountId: acme.accountId });
  expect(payments).toMatchObject([
    { amount: usd('20.00'), reference: dispute.id, allocations: [{ invoiceId: invoice.id }] },
    { id: attempt.paymentId, reversalReason: 'Dispute lost: fraudulent' },
  ]);
  expect(await toldOf(acme, 'payment.')).toEqual([
    ...['payment.recorded', 'payment.reversed', 'payment.dispute_lost'],
    ...['payment.recorded', 'payment.dispute_won'],
  ]);
});

test('a payment that is disputed again has a dispute more: each is told, and takes back what it was for, once', async () => {
  const acme = await open('disputed again');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const attempt = await acme.settled(invoice.id);
  const { paymentId, paymentIntentId } = attempt;
  const won = stripe.books.dispute(paymentIntentId, { amount: 2000 });
  won.status = 'won';
  const lost = stripe.books.dispute(paymentIntentId, { amount: 500, reason: 'duplicate' });
  lost.status = 'lost';
  const last = stripe.books.dispute(paymentIntentId, { amount: 2000 });
  expect(await acme.tell('charge.dispute.created', last)).toBe(200);
  await acme.disputed(paymentId, DisputeState.OPENED);
  expect(await acme.owed()).toEqual(['5.00', '0.00', '5.00']);
  last.status = 'lost';
  expect(await acme.tell('charge.dispute.closed', last)).toBe(200);
  await acme.disputed(paymentId, DisputeState.LOST);
  expect(await acme.owed()).toEqual(['20.00', '0.00', '20.00']);
  // One that is decided otherwise in the end is that one alone, though a newer one stays as it is.
  lost.status = 'won';
  for (let times = 0; times < 2; times += 1) {
    expect(await acme.tell('charge.dispute.funds_reinstated', lost)).toBe(200);
    await acme.quiet(attempt.id);
  }
  expect(await acme.owed()).toEqual(['15.00', '0.00', '15.00']);
  const { payment } = await acme.payments.getPayment({ paymentId });
  expect(payment).toMatchObject({
    reversalReason: 'Dispute lost: duplicate',
    dispute: { id: last.id },
    disputes: [
      { id: won.id, state: DisputeState.WON },
      { id: lost.id, state: DisputeState.WON, lostAmount: usd('5.00') },
      { id: last.id, state: DisputeState.LOST, lostAmount: usd('15.00') },
    ],
  });
  expect(payment?.disputes[0]?.lostAmount).toBeUndefined();
  const told = await changesOf(world, acme.organisationId);
  const ofDisputes = told.flatMap(({ type, object }) =>
    type.startsWith('payment.dispute')
      ? [[type, fromBinary(PaymentSchema, object).dispute?.id]]
      : [],
  );
  expect(ofDisputes).toEqual([
    ['payment.dispute_won', won.id],
    ['payment.dispute_lost', lost.id],
    ['payment.disputed', last.id],
    ['payment.dispute_lost', last.id],
    ['payment.dispute_won', lost.id],
  ]);
  expect(told.filter(({ type }) => type === 'payment.reversed')).toHaveLength(2);
  const { entries } = await acme.receivables.getStatement({
    accountId: acme.accountId,
    currencyCode: 'USD',
  });
  expect(entries.map(({ amount }) => amount?.amount)).toEqual([
    '20.00',
    '-20.00',
    '5.00',
    '15.00',
    '-5.00',
  ]);
});

/** What the organisation was told of that begins so, in order. */
async function toldOf({ organisationId }: Collecting, beginning: string): Promise<string[]> {
  const changes = await changesOf(world, organisationId);
  return changes.map(({ type }) => type).filter((type) => type.startsWith(beginning));
}

test('every query of refunds walks an index', async () => {
  await world.mongo.db.command({ profile: 0 });
  const names = ['refunds', 'payments', 'payment_attempts'];
  for (const name of names) {
    const plans = await planSummariesOf(world.mongo.db, name);
    expect([
      name,
      plans.filter((plan) => !/^(IXSCAN|IDHACK|EXPRESS|COUNT_SCAN)/.test(String(plan))),
    ]).toEqual([name, []]);
    expect([name, plans.length > 0]).toEqual([name, true]);
  }
});
