import { DomainError, unavailable } from '@billingrails/errors';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import {
  BILLING,
  consumeDurable,
  ensureStream,
  publishOnce,
  type Bus,
  type Consumption,
  type DeliveredMessage,
} from '../index';
import { connectTestBus } from '../testing/test-bus';

let servers: TestServers;
let bus: Bus;
const open: Consumption[] = [];

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
  await ensureStream(bus, BILLING);
});

afterEach(async () => {
  for (const consumption of open.splice(0)) await consumption.close();
});

afterAll(async () => {
  await bus.close();
  await servers.stop();
});

const text = ({ data }: DeliveredMessage) => Buffer.from(data).toString();

async function publish(subject: string, ...contents: string[]): Promise<void> {
  for (const content of contents) {
    const messageId = `${subject}/${content}`;
    await publishOnce(bus, { subject, data: Buffer.from(content), messageId });
  }
}

/** Consumes `subject` as a durable of its own name. */
async function consume(
  subject: string,
  handler: (message: DeliveredMessage) => Promise<void>,
): Promise<Consumption> {
  const durable = subject.replaceAll('.', '_');
  const { logger } = bus;
  const consumption = await consumeDurable(bus, {
    stream: 'BILLING',
    durable,
    subject,
    handler,
    logger,
  });
  open.push(consumption);
  return consumption;
}

const unsettled = async (durable: string) => {
  const info = await bus.manager.consumers.info('BILLING', durable);
  return info.num_pending + info.num_ack_pending;
};

test('messages from before and after the start come in order, with their ids', async () => {
  const seen: string[] = [];
  await publish('billing.order', 'a', 'b');
  await consume('billing.order', async (message) => {
    seen.push(`${text(message)} ${message.messageId} ${message.deliveryCount}`);
  });
  await publish('billing.order', 'c');
  await waitFor(() => seen.length === 3, { what: 'three messages' });
  expect(seen).toEqual(['a', 'b', 'c'].map((content) => `${content} billing.order/${content} 1`));
  await waitFor(async () => (await unsettled('billing_order')) === 0, { what: 'the last ack' });
});

test('a message is acknowledged only after its handler is done', async () => {
  let finish = (): void => undefined;
  let started = false;
  await consume('billing.after', async () => {
    started = true;
    await new Promise<void>((resolve) => (finish = resolve));
  });
  await publish('billing.after', 'a');
  await waitFor(() => started, { what: 'the handler' });
  expect(await unsettled('billing_after')).toBe(1);
  finish();
  await waitFor(async () => (await unsettled('billing_after')) === 0, { what: 'the ack' });
});

test.each([
  ['an outage', () => unavailable('DATABASE_UNAVAILABLE', 'Away.', 1_000)],
  ['a bug', () => new TypeError('undefined is not a function')],
])(
  'after %s the message comes again, later each time, and the others go on',
  async (name, error) => {
    const subject = `billing.${name.replace(' ', '_')}`;
    const attemptsMs: number[] = [];
    const seen: string[] = [];
    await consume(subject, async (message) => {
      if (text(message) === 'failing') {
        attemptsMs.push(performance.now());
        if (attemptsMs.length < 3) throw error();
      }
      seen.push(`${text(message)} ${message.deliveryCount}`);
    });
    await publish(subject, 'failing', 'other');
    await waitFor(() => seen.length === 2, { what: 'both messages' });
    expect(seen).toEqual(['other 1', 'failing 3']);
    const [first = 0, second = 0, third = 0] = attemptsMs;
    expect(second - first).toBeGreaterThan(400);
    expect(third - second).toBeGreaterThan(900);
  },
);

test('a message that can never be handled is ended', async () => {
  let attempts = 0;
  await consume('billing.never', async () => {
    attempts += 1;
    throw new DomainError('invalid', 'UNREADABLE_MESSAGE', 'Not a period.');
  });
  await publish('billing.never', 'a', 'b');
  await waitFor(() => attempts === 2, { what: 'both messages' });
  await waitFor(async () => (await unsettled('billing_never')) === 0, { what: 'both ends' });
});

test('replicas share the messages, and what one leaves another takes up', async () => {
  const seen: string[] = [];
  const handler = async (message: DeliveredMessage) => void seen.push(text(message));
  const first = await consume('billing.share', handler);
  await consume('billing.share', handler);
  const contents = Array.from({ length: 40 }, (_, index) => String(index));
  await publish('billing.share', ...contents.slice(0, 20));
  await first.close();
  await publish('billing.share', ...contents.slice(20));
  await waitFor(() => seen.length === 40, { what: 'all messages' });
  expect(new Set(seen)).toEqual(new Set(contents));
});

test('closing waits for the message under way and gives the others back', async () => {
  const seen: string[] = [];
  let finish: (() => void) | undefined;
  const slow = await consume('billing.close', async (message) => {
    await new Promise<void>((resolve) => (finish = resolve));
    seen.push(text(message));
  });
  await publish('billing.close', 'a', 'b', 'c');
  const delivered = async () =>
    (await bus.manager.consumers.info('BILLING', 'billing_close')).num_ack_pending === 3;
  await waitFor(delivered, { what: 'the delivery' });
  await waitFor(() => finish, { what: 'the handler' });
  const closed = slow.close();
  finish?.();
  await closed;
  expect(seen).toEqual(['a']);
  await consume('billing.close', async (message) => void seen.push(text(message)));
  await waitFor(() => seen.length === 3, { what: 'the others' });
  // The server gives back what it was given back in no certain order.
  expect([seen[0], ...seen.slice(1).sort()]).toEqual(['a', 'b', 'c']);
});

test('an aborted signal ends it', async () => {
  const controller = new AbortController();
  let seen = 0;
  const consumption = await consumeDurable(bus, {
    stream: 'BILLING',
    durable: 'abort',
    subject: 'billing.abort',
    handler: async () => void (seen += 1),
    logger: bus.logger,
    signal: controller.signal,
  });
  controller.abort();
  await consumption.close();
  await publish('billing.abort', 'a');
  await waitFor(async () => (await unsettled('abort')) === 1, { what: 'the message' });
  expect(seen).toBe(0);
});

test('every message is handled though the broker is killed meanwhile', async () => {
  const seen = new Set<string>();
  await consume('billing.kill', async (message) => void seen.add(text(message)));
  const contents = Array.from({ length: 60 }, (_, index) => String(index));
  await publish('billing.kill', ...contents.slice(0, 30));
  await servers.nats.kill();
  await servers.nats.restart();
  await waitFor(() => bus.connected, { what: 'the connection to be back' });
  await publish('billing.kill', ...contents.slice(30));
  await waitFor(() => seen.size === 60, { what: 'all messages' });
});
