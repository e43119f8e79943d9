import { fromBinary } from '@bufbuild/protobuf';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import {
  CollectionState,
  PaymentAttemptState,
} from '@billingrails/contracts/billingrails/invoicing/v1/collection_pb';
import {
  AfterRetries,
  CollectionMethod,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_pb';
import { PaymentStatus } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_pb';
import { failureOf } from '@billingrails/rpc/testing';
import { startFakeStripe, streamMessages, waitFor, type FakeStripe } from '@billingrails/testing';
import { Code } from '@connectrpc/connect';
import { planSummariesOf } from '../../testing/plan-summaries';
import { changesOf } from '../../testing/changes';
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

test('an invoice is taken when it is finalized, once, and paid by what was taken', async () => {
  const acme = await open('takes');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20.15');
  const attempt = await acme.settled(invoice.id);
  expect(attempt).toMatchObject({
    state: PaymentAttemptState.SUCCEEDED,
    number: 1,
    amount: usd('20.15'),
  });
  expect(stripe.books.succeeded(invoice.id)).toMatchObject([{ amount: 2015, currency: 'usd' }]);
  const { payment } = await acme.payments.getPayment({ paymentId: attempt.paymentId });
  expect(payment).toMatchObject({
    ...{ amount: usd('20.15'), method: 'Stripe', paymentAttemptId: attempt.id },
    ...{ reference: attempt.paymentIntentId, balanceAmount: usd('0.00') },
    allocations: [{ invoiceId: invoice.id }],
  });
  expect(await acme.status(invoice.id)).toBe(PaymentStatus.PAID);
  expect(
    (await acme.collections.getCollection({ invoiceId: invoice.id })).collection,
  ).toMatchObject({
    ...{ state: CollectionState.ENDED, attemptCount: 1 },
  });
  const reversed = acme.payments.reversePayment({ paymentId: attempt.paymentId });
  expect((await failureOf(reversed)).reason).toBe('PAYMENT_COLLECTED');
});

test.each([
  ['JPY', '300', 300, '300'],
  ['KWD', '5.123', 5130, '5.130'],
])('%s %s is taken as %i of Stripe’s, which is %s', async (currencyCode, amount, units, taken) => {
  const acme = await open(`currency ${currencyCode}`);
  await acme.payBy('pm_card');
  const invoice = await acme.invoice(amount, currencyCode);
  const { paymentId } = await acme.settled(invoice.id);
  expect(stripe.books.succeeded(invoice.id)).toMatchObject([{ amount: units }]);
  const { payment } = await acme.payments.getPayment({ paymentId });
  expect(payment?.amount).toMatchObject({ currencyCode, amount: taken });
  expect(await acme.status(invoice.id)).toBe(PaymentStatus.PAID);
});

test.each(['lost', 'unanswered', 'failed', 'refused'] as const)(
  'where each kind of request is %s once, what became of it is asked, and the money is taken once',
  async (fault) => {
    const acme = await open(`fault ${fault}`);
    await acme.payBy('pm_card');
    const seen = new Set<string>();
    stripe.fault = (request) => {
      const kind = request.replace(/pi_\w+/, 'pi');
      if (seen.has(kind)) return undefined;
      seen.add(kind);
      return fault;
    };
    const invoice = await acme.invoice('20');
    await acme.hurried(() => acme.settled(invoice.id));
    expect(seen).toContain('POST /v1/payment_intents/pi/confirm');
    expect(stripe.books.succeeded(invoice.id)).toHaveLength(1);
    const { payments } = await acme.payments.listPayments({});
    expect(payments.map(({ amount }) => amount?.amount)).toEqual(['20.00']);
  },
);

test('an attempt that fails is made again on its days by the clock, once on two replicas, and then it is uncollectible', async () => {
  const other = await world.replica();
  const acme = await open('retried');
  const day = (count: number) => Date.UTC(2026, 10, 1 + count);
  await world.moveClock(acme.organisationId, day(0));
  const afterRetries = AfterRetries.MARK_UNCOLLECTIBLE;
  await acme.set({ retrySchedule: { days: [3, 5] }, afterRetries });
  await acme.payBy('pm_insufficient_funds');
  const invoice = await acme.invoice('20');
  const failed = (count: number) =>
    waitFor(
      async () => {
        const { attempts } = await acme.collections.listPaymentAttempts({ invoiceId: invoice.id });
        return (
          attempts.length === count &&
          attempts.every(({ state }) => state === PaymentAttemptState.FAILED)
        );
      },
      { what: `${count} failed attempts` },
    );
  await failed(1);
  await world.moveClock(acme.organisationId, day(3) - 1);
  await world.moveClock(acme.organisationId, day(3));
  await failed(2);
  const { collection } = await acme.collections.getCollection({ invoiceId: invoice.id });
  expect(collection).toMatchObject({
    state: CollectionState.DUE,
    nextAttemptTime: { seconds: BigInt(day(8) / 1000) },
  });
  await world.moveClock(acme.organisationId, day(30));
  await failed(3);
  await waitFor(async () => (await acme.status(invoice.id)) === PaymentStatus.UNCOLLECTIBLE, {
    what: 'the end',
  });
  const { attempts } = await acme.collections.listPaymentAttempts({ invoiceId: invoice.id });
  expect(
    attempts.map(({ number, failureCode, dueTime }) => [number, failureCode, dueTime?.seconds]),
  ).toEqual(
    [8, 3, 0].map((days, index) => [3 - index, 'insufficient_funds', BigInt(day(days) / 1000)]),
  );
  const told = (await changesOf(world, acme.organisationId)).map(({ type }) => type);
  expect(told.filter((type) => /^(payment_attempt|collection)[.]/.test(type))).toEqual([
    ...['payment_attempt.failed', 'payment_attempt.failed', 'payment_attempt.failed'],
    'collection.exhausted',
  ]);
  // Nothing of what failed can still be completed.
  const ofInvoice = [...stripe.books.intents.values()].filter(
    ({ metadata }) => metadata['invoice_id'] === invoice.id,
  );
  expect(ofInvoice.map(({ status }) => status)).toEqual(['canceled', 'canceled', 'canceled']);
  await other.stop();
});

test('an account that sets something up is asked at once for what waits; without it nothing is taken', async () => {
  const acme = await open('set up later');
  const invoice = await acme.invoice('20');
  expect(await acme.settled(invoice.id)).toMatchObject({
    ...{ state: PaymentAttemptState.FAILED, failureCode: 'no_payment_method', paymentIntentId: '' },
  });
  const { setupId } = await acme.collections.startPaymentMethodSetup({ accountId: acme.accountId });
  const early = acme.collections.completePaymentMethodSetup({ accountId: acme.accountId, setupId });
  expect((await failureOf(early)).reason).toBe('PAYMENT_METHOD_NOT_SET_UP');
  const setup = stripe.books.completeSetup(setupId, 'pm_card');
  expect(await acme.tell('setup_intent.succeeded', setup)).toBe(200);
  await acme.attempt(invoice.id, PaymentAttemptState.SUCCEEDED);
  const { customer } = await acme.collections.getPaymentCustomer({ accountId: acme.accountId });
  expect(customer).toMatchObject({ paymentMethodId: 'pm_card' });
});

test('events that are not signed, too old, or of another organisation are refused, and one that is repeated does nothing', async () => {
  const acme = await open('events');
  const other = await open('events of others');
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const { id, paymentIntentId } = await acme.settled(invoice.id);
  await acme.quiet(id);
  const object = { id: paymentIntentId, object: 'payment_intent' };
  const { body, signature } = acme.event('payment_intent.succeeded', object);
  expect(await acme.post(body, 't=1,v1=00')).toBe(400);
  expect(await acme.post(`${body} `, signature)).toBe(400);
  expect(await other.post(body, signature)).toBe(400);
  expect(await acme.post(body, '')).toBe(400);
  const old = acme.event('payment_intent.succeeded', object, { atMs: Date.now() - 3_600_000 });
  expect(await acme.post(old.body, old.signature)).toBe(400);
  expect(
    (await fetch(`${replica.address}/webhooks/stripe/org_none`, { method: 'POST' })).status,
  ).toBe(404);
  expect((await fetch(`${replica.address}/webhooks/stripe/`, { method: 'GET' })).status).toBe(405);
  const heard = async () => (await acme.stored(id))?.['heard'] as number;
  expect(await heard()).toBe(0);
  expect(await acme.post(body, signature)).toBe(200);
  expect(await heard()).toBe(1);
  expect(await acme.post(body, signature)).toBe(200);
  expect(await heard()).toBe(1);
  const unknown = acme.event('customer.created', { id: 'cus_1', object: 'customer' });
  expect(await acme.post(unknown.body, unknown.signature)).toBe(200);
});

test('keys are sealed and shown nowhere; another account’s are refused, and those that Stripe does not take', async () => {
  const acme = await open('keys');
  const raw = JSON.stringify(
    await world.mongo.db
      .collection<{ _id: string }>('provider_connections')
      .findOne({ _id: acme.organisationId }),
  );
  const answers = [
    await acme.collections.getStripeConnection({}),
    await acme.collections.connectStripe({
      secretKey: stripe.secretKey,
      webhookSecret: acme.webhookSecret,
    }),
  ];
  const { message: shown } = {
    message:
      raw +
      JSON.stringify(answers, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
  };
  for (const secret of [stripe.secretKey, acme.webhookSecret]) expect(shown).not.toContain(secret);
  expect(answers[0]?.connection).toMatchObject({
    ...{
      stripeAccountId: 'acct_fake',
      isLive: false,
      webhookPath: `/webhooks/stripe/${acme.organisationId}`,
    },
  });
  const wrong = acme.collections.connectStripe({
    secretKey: 'sk_test_wrong',
    webhookSecret: 'whsec_other',
  });
  expect(await failureOf(wrong)).toEqual({
    ...{ code: Code.InvalidArgument, reason: 'STRIPE_KEY_REFUSED', fields: ['secret_key'] },
  });
  const missing = acme.collections.linkPaymentCustomer({
    accountId: 'acct_2',
    customerId: 'cus_none',
  });
  expect((await failureOf(missing)).reason).toBe('STRIPE_CUSTOMER_NOT_FOUND');
  await acme.payBy('pm_debit');
  const invoice = await acme.invoice('20');
  const { paymentIntentId } = await acme.attempt(invoice.id, PaymentAttemptState.PROCESSING);
  expect((await failureOf(acme.collections.disconnectStripe({}))).reason).toBe(
    'COLLECTION_UNDER_WAY',
  );
  expect(
    await acme.tell('payment_intent.succeeded', stripe.books.finish(paymentIntentId, true)),
  ).toBe(200);
  await acme.settled(invoice.id);
  await acme.collections.disconnectStripe({ requestId: 'disconnect' });
  const gone = acme.collections.getStripeConnection({});
  expect((await failureOf(gone)).reason).toBe('STRIPE_CONNECTION_NOT_FOUND');
  const record = await waitFor(
    async () =>
      (await streamMessages(world.bus.manager, 'AUDIT'))
        .map(({ data }) => fromBinary(AuditRecordedSchema, data).record)
        .find((each) => each?.requestId === 'disconnect'),
    { what: 'the record of the audit log' },
  );
  expect(record).toMatchObject({
    objectType: 'billingrails.invoicing.v1.StripeConnection',
    ...{ objectId: acme.organisationId, afterJson: '' },
  });
  expect(JSON.parse(record.beforeJson)).toMatchObject({ stripe_account_id: 'acct_fake' });
  expect(record.beforeJson).not.toMatch(/sk_test|whsec/);
});

test('an invoice that is sent is collected when it is told; one of which nothing is open is not', async () => {
  const acme = await open('by hand');
  await acme.set({ collectionMethod: CollectionMethod.SEND_INVOICE });
  await acme.payBy('pm_card');
  const invoice = await acme.invoice('20');
  const none = acme.collections.getCollection({ invoiceId: invoice.id });
  expect((await failureOf(none)).reason).toBe('COLLECTION_NOT_FOUND');
  const request = { invoiceId: invoice.id, requestId: 'once' };
  const { collection } = await acme.collections.collectInvoice(request);
  expect(collection?.state).toBe(CollectionState.DUE);
  await acme.settled(invoice.id);
  expect((await acme.collections.collectInvoice(request)).collection).toEqual(collection);
  const again = acme.collections.collectInvoice({ invoiceId: invoice.id });
  expect((await failureOf(again)).reason).toBe('NOTHING_OPEN');
  expect(stripe.books.succeeded(invoice.id)).toHaveLength(1);
});

test('every query of what is collected walks an index', async () => {
  await world.mongo.db.command({ profile: 0 });
  const names = [
    'invoice_collections',
    'payment_attempts',
    'provider_connections',
    'payment_customers',
  ];
  for (const name of [...names, 'provider_events']) {
    const plans = await planSummariesOf(world.mongo.db, name);
    expect([
      name,
      plans.filter((plan) => !/^(IXSCAN|IDHACK|EXPRESS|COUNT_SCAN)/.test(String(plan))),
    ]).toEqual([name, []]);
    expect([name, plans.length > 0]).toEqual([name, true]);
  }
});
