/**
 * How fast stream EVENTS takes batches, on a broker that syncs every write:
 * `npx tsx libs/bus/bench/publish.ts` from the root. One table, three seconds a row.
 */
import { createLogger } from '@billingrails/log';
import { startServers } from '@billingrails/testing';
import { connectBus, ensureStream, EVENTS, publishAtomic, readLane, type Bus } from '../src/index';

const ROW_MS = 3_000;
const PARTITIONS = 16;

interface Row {
  readonly messages: number;
  readonly bytes: number;
  readonly inFlight: number;
}

const ROWS: readonly Row[] = [
  { messages: 1, bytes: 1_000, inFlight: 1 },
  { messages: 1, bytes: 1_000, inFlight: 8 },
  { messages: 32, bytes: 1_000, inFlight: 1 },
  { messages: 32, bytes: 1_000, inFlight: 2 },
  { messages: 32, bytes: 1_000, inFlight: 4 },
  { messages: 32, bytes: 1_000, inFlight: 12 },
  { messages: 1_000, bytes: 1_000, inFlight: 1 },
  { messages: 1_000, bytes: 1_000, inFlight: 4 },
  { messages: 16, bytes: 25_000, inFlight: 2 },
];

async function publishFor(bus: Bus, { messages, bytes, inFlight }: Row): Promise<number[]> {
  const batch = Array.from({ length: messages }, (_, index) => ({
    subject: `events.${index % PARTITIONS}`,
    data: new Uint8Array(bytes),
  }));
  const latenciesMs: number[] = [];
  const endMs = performance.now() + ROW_MS;
  async function caller(): Promise<void> {
    while (performance.now() < endMs) {
      const startMs = performance.now();
      await publishAtomic(bus, batch, { timeoutMs: 10_000 });
      latenciesMs.push(performance.now() - startMs);
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller));
  return latenciesMs.sort((a, b) => a - b);
}

async function readAll(bus: Bus, count: number): Promise<number> {
  const controller = new AbortController();
  const { signal } = controller;
  const startMs = performance.now();
  let read = 0;
  for await (const chunk of readLane(bus, {
    partition: 0,
    afterSeq: 0,
    maxMessages: 256,
    signal,
  })) {
    read += chunk.length;
    if (read >= count) break;
  }
  return (read / (performance.now() - startMs)) * 1_000;
}

async function main(): Promise<void> {
  const servers = await startServers({ nats: true });
  const logger = createLogger({ service: 'bench', level: 'silent' });
  const bus = await connectBus({ url: servers.natsUrl, name: 'bench', logger });
  await ensureStream(bus, EVENTS);
  const rows: Record<string, string | number>[] = [];
  let inPartition0 = 0;
  for (const row of ROWS) {
    const latenciesMs = await publishFor(bus, row);
    const commits = latenciesMs.length;
    inPartition0 += commits * Math.ceil(row.messages / PARTITIONS);
    const at = (share: number) => (latenciesMs[Math.floor(commits * share)] ?? 0).toFixed(1);
    rows.push({
      'messages a batch': row.messages,
      'bytes a message': row.bytes,
      'in flight': row.inFlight,
      'commits/s': Math.round((commits / ROW_MS) * 1_000),
      'messages/s': Math.round((commits * row.messages * 1_000) / ROW_MS),
      'MB/s': Math.round((commits * row.messages * row.bytes) / ROW_MS / 1_000),
      'p50 ms': at(0.5),
      'p99 ms': at(0.99),
    });
  }
  console.table(rows);
  console.log(`lane: ${Math.round(await readAll(bus, inPartition0))} messages/s read`);
  await bus.close();
  await servers.stop();
}

await main();
