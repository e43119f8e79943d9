import {
  howMany,
  randomSeed,
  seededRandom,
  startFakeStripe,
  waitFor,
  type FakeStripe,
  type StripeFault,
} from '@billingrails/testing';
import { InvoicingProcess } from '../../testing/invoicing-process';
import { SEALING_KEY, startWorld, type World } from '../../testing/world';
import { collectingWorld } from '../testing/collecting-world';

let stripe: FakeStripe;
let world: World;
let running: InvoicingProcess | undefined;

beforeAll(async () => {
  stripe = await startFakeStripe();
  world = await startWorld({ alone: true, stripeUrl: stripe.url });
});

afterAll(async () => {
  running?.kill();
  await world?.stop();
  await stripe?.close();
});

/** Makes every claim run out, as minutes would. */
async function passMinutes(): Promise<void> {
  const attempts = world.mongo.db.collection('payment_attempts');
  await attempts.updateMany({ isOpen: true }, { $set: { askTime: new Date() } });
}

test('a process that is killed at any request, carried out or not, takes no money twice and forgets none', async () => {
  const replica = await world.replica();
  const acme = await collectingWorld({ world, replica, stripe }, 'killed');
  await acme.payBy('pm_card');
  // Nothing is known of the attempts yet when this replica ends.
  stripe.fault = () => 'refused';
  const invoices = [await acme.invoice('20'), await acme.invoice('30')];
  for (const { id } of invoices)
    await waitFor(
      async () => (await acme.collections.listPaymentAttempts({ invoiceId: id })).attempts[0],
      {
        what: 'an attempt',
      },
    );
  await replica.stop();

  const kinds = ['POST /v1/payment_intents', 'POST /v1/payment_intents/pi/confirm'];
  const points = kinds.flatMap((kind) =>
    (['lost', 'unanswered'] as const).map((fault) => ({ kind, fault })),
  );
  for (const { kind, fault } of points.slice(-howMany(2, points.length))) {
    let isKilled = false;
    stripe.fault = (request): StripeFault | undefined => {
      if (request.replace(/pi_\w+/, 'pi') !== kind) return undefined;
      running?.kill();
      isKilled = true;
      return fault;
    };
    await passMinutes();
    running = startProcess();
    await waitFor(() => isKilled, { what: `a request ${kind}` });
    await running.end();
  }
  stripe.fault = () => undefined;
  await passMinutes();
  const last = await world.replica();
  const known = await acme.with(last);
  for (const { id } of invoices) {
    await known.settled(id);
    expect(stripe.books.succeeded(id)).toHaveLength(1);
  }
  const { payments } = await known.payments.listPayments({});
  expect(payments.map(({ amount }) => amount?.amount).sort()).toEqual(['20.00', '30.00']);
  expect(await known.owed()).toEqual(['0.00', '0.00', '0.00']);
  await last.stop();
});

function startProcess(): InvoicingProcess {
  const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = world.servers;
  return new InvoicingProcess({
    ...{ MONGODB_URL, NATS_URL, STRIPE_URL: stripe.url },
    SECRETS_KEYS: SEALING_KEY.toString('base64'),
  });
}

test('whatever fails at random between two replicas and Stripe, each invoice is taken once', async () => {
  const random = seededRandom(randomSeed());
  const replica = await world.replica();
  const other = await world.replica();
  const acme = await collectingWorld({ world, replica, stripe }, 'random');
  await acme.payBy('pm_card');
  const faults = ['lost', 'unanswered', 'failed', 'refused'] as const;
  let troubles = howMany(30, 600);
  stripe.fault = () => {
    if (troubles === 0 || random() < 0.5) return undefined;
    troubles -= 1;
    return faults[Math.floor(random() * faults.length)];
  };
  const count = howMany(4, 60);
  const ids: string[] = [];
  while (ids.length < count) ids.push((await acme.invoice('20')).id);
  await acme.hurried(async () => {
    for (const id of ids) await acme.settled(id);
  });
  for (const id of ids) expect(stripe.books.succeeded(id)).toHaveLength(1);
  const { payments } = await acme.payments.listPayments({});
  expect(payments).toHaveLength(count);
  expect(await acme.owed()).toEqual(['0.00', '0.00', '0.00']);
  await other.stop();
  await replica.stop();
});
