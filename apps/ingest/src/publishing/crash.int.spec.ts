import { howMany, waitFor } from '@billingrails/testing';
import { callJson } from '../testing/calls';
import { IngestProcess } from '../testing/ingest-process';
import { runIngest, type RunningIngest } from '../testing/running-ingest';
import { storedEvents } from '../testing/stored-events';

const callers = 8;
const eventsInBatch = 20;

let running: RunningIngest;

afterEach(() => running.stop());

/** Callers that send batch after batch to wherever ingest is, and remember what was acknowledged. */
class Load {
  readonly sent: string[][] = [];
  readonly acknowledged: string[][] = [];
  #over = false;
  readonly #callers: Promise<unknown>;

  constructor(count: number) {
    this.#callers = Promise.all(Array.from({ length: count }, () => this.#call()));
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#callers;
  }

  /** Waits until so many more batches are acknowledged. */
  async progress(batches: number): Promise<void> {
    const goal = this.acknowledged.length + batches;
    await waitFor(() => this.acknowledged.length >= goal, {
      what: `${batches} more acknowledged batches`,
    });
  }

  async #call(): Promise<void> {
    while (!this.#over) {
      const batch = this.sent.length;
      const keys = Array.from({ length: eventsInBatch }, (_, index) => `${batch}.${index}`);
      this.sent.push(keys);
      const events = keys.map((idempotency_key) => ({
        event_name: 'Song played',
        idempotency_key,
        properties: { billingrails_account_id: `acct_${idempotency_key}` },
      }));
      const body = JSON.stringify({ events });
      // A killed process answers nothing.
      const answer = await callJson(running, 'IngestEvents', body, 15_000).catch(() => undefined);
      if (answer?.status === 200) this.acknowledged.push(keys);
    }
  }
}

/** Acknowledged batches are there, and of every batch all events or none. */
async function expectNothingLostOrTorn(load: Load): Promise<void> {
  const stored = new Set((await storedEvents(running.bus)).map((event) => event.idempotencyKey));
  const storedOf = (keys: string[]) => keys.filter((each) => stored.has(each)).length;
  expect(load.acknowledged.map(storedOf)).toEqual(load.acknowledged.map(() => eventsInBatch));
  const torn = load.sent.filter((keys) => ![0, eventsInBatch].includes(storedOf(keys)));
  expect(torn).toEqual([]);
}

test('kill -9 of ingest under load: what was acknowledged is stored, and no batch in part', async () => {
  running = await runIngest();
  const load = new Load(callers);
  for (let round = 0; round < howMany(2, 5); round += 1) {
    await load.progress(20);
    await running.process.kill();
    running.process = await IngestProcess.serving(running.servers);
  }
  await load.progress(20);
  await load.stop();
  await expectNothingLostOrTorn(load);
});

test('kill -9 of the broker under load: what was acknowledged is stored, and no batch in part', async () => {
  running = await runIngest();
  const load = new Load(callers);
  for (let round = 0; round < howMany(2, 5); round += 1) {
    await load.progress(20);
    await running.servers.nats.kill();
    await running.servers.nats.start();
  }
  await load.progress(20);
  await load.stop();
  await expectNothingLostOrTorn(load);
});

test('kill -9 of the stream’s leader of three under load: what was acknowledged is stored, and no batch in part', async () => {
  running = await runIngest({ nodes: 3 });
  const load = new Load(callers);
  for (let round = 0; round < howMany(1, 4); round += 1) {
    await load.progress(20);
    const node = await waitFor(leader, { what: 'the stream’s leader' });
    await node.kill();
    await load.progress(20);
    await node.start();
  }
  await load.stop();
  await expectNothingLostOrTorn(load);
});

/** The node that leads the stream; none during an election, and while the tests' own connection is lost. */
async function leader() {
  const { cluster } = await running.bus.manager.streams.info('EVENTS');
  const number = /\d+$/.exec(cluster?.leader ?? '')?.[0] ?? 'none';
  return running.servers.nats.nodes.find(({ name }) => name.endsWith(number));
}
