/**
 * Measures what one organisation has to wait while another sends 20 times as much: a quiet one at a steady rate, by
 * turns alone, beside one without limits, and beside one that is limited to the same rate. Prints a line of JSON for
 * each of the last two.
 *
 *   node --import tsx bench/fairness.ts [--seconds 5] [--rounds 3]
 */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ACCESS_KEYS, createKey, hashOf, putRecord } from '@billingrails/access';
import { connectBus, openBucket, partitionsOf } from '@billingrails/bus';
import { createIdSource } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { GrpcCaller, startServers } from '@billingrails/testing';
import { prepareRequests } from './requests';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const METHOD = '/billingrails.ingest.v1.EventService/IngestEvents';
const EVENTS_IN_CALL = 10;
const CALLS_PER_SECOND = 50;
const TIMES = 20;

// What runs in production, not what tsx makes of the sources.
execFileSync(process.execPath, ['../../tools/bundle.mjs']);
const servers = await startServers({ nats: true });
const logger = createLogger({ service: 'bench', level: 'silent' });
const bus = await connectBus({ url: servers.natsUrl, name: 'bench', logger });
const ids = createIdSource(() => Date.now(), Math.random);
const bucket = await openBucket(bus, ACCESS_KEYS);

/** A key to an organisation of its own; with `limit`, that may make so many calls a second. */
async function newOrganisation(name: string, limit?: number): Promise<string> {
  const organisationId = ids.next('org');
  const { secret, record } = await createKey(bus, { kind: 'organisation', organisationId, name });
  if (limit !== undefined) {
    const organisationLimits = { calls: limit };
    const limited = { ...record, organisationLimits, revision: 1 };
    await putRecord(bucket, { hash: hashOf(secret), record: limited });
  }
  return secret;
}

const quiet = await newOrganisation('quiet');
const loud = await newOrganisation('loud');
const limited = await newOrganisation('limited', CALLS_PER_SECOND);
const child = spawn(process.execPath, ['../../dist/apps/ingest/main.mjs'], {
  env: {
    ...process.env,
    ...{ NATS_URL: servers.natsUrl, NATS_MONITOR_URL: servers.natsMonitorUrl },
    PORT: '0',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
process.once('exit', () => child.kill('SIGKILL'));
const address = await new Promise<string>((resolve, reject) => {
  child.once('exit', () => reject(new Error('ingest ended')));
  createInterface(child.stdout).on('line', (line) => {
    const found = /"address":"([^"]+)"/.exec(line)?.[1];
    if (found !== undefined) resolve(found);
  });
});
const requests = prepareRequests(200, EVENTS_IN_CALL, await partitionsOf(bus)).map(
  ({ grpc }) => grpc,
);

/** What came of calls at a steady rate. */
interface Sent {
  /** How long those took that were taken. */
  readonly tookMs: readonly number[];
  readonly refused: number;
}

/** Makes calls at a steady rate, each at its time whether those before are answered or not. */
async function send(key: string, callsPerSecond: number): Promise<Sent> {
  const caller = new GrpcCaller(address, { authorization: `Bearer ${key}` });
  const tookMs: number[] = [];
  let refused = 0;
  // Before the first answer a client does not know how many calls a connection takes at once.
  await caller.call(METHOD, requests[0] ?? new Uint8Array()).catch(() => undefined);
  const startMs = performance.now();
  const calls: Promise<void>[] = [];
  for (let n = 0; n < callsPerSecond * seconds; n += 1) {
    const dueMs = startMs + (n * 1_000) / callsPerSecond;
    if (dueMs > performance.now()) await pause(dueMs - performance.now());
    const sentMs = performance.now();
    const call = caller.call(METHOD, requests[n % requests.length] ?? new Uint8Array()).then(
      () => void tookMs.push(performance.now() - sentMs),
      () => void (refused += 1),
    );
    calls.push(call);
  }
  await Promise.all(calls);
  caller.close();
  return { tookMs, refused };
}

/** How long the quiet one's calls take while another sends, or nobody. */
async function beside(other: string | undefined): Promise<{ quiet: Sent; other: Sent }> {
  const [one, two] = await Promise.all([
    send(quiet, CALLS_PER_SECOND),
    other === undefined ? { tookMs: [], refused: 0 } : send(other, CALLS_PER_SECOND * TIMES),
  ]);
  return { quiet: one, other: two };
}

const took = { alone: [] as number[], loud: [] as number[], limited: [] as number[] };
const counts = { loud_taken: 0, limited_taken: 0, limited_refused: 0, quiet_refused: 0 };
await beside(loud);
for (let round = 0; round < rounds; round += 1) {
  const alone = await beside(undefined);
  const besideLoud = await beside(loud);
  const besideLimited = await beside(limited);
  took.alone.push(...alone.quiet.tookMs);
  took.loud.push(...besideLoud.quiet.tookMs);
  took.limited.push(...besideLimited.quiet.tookMs);
  counts.loud_taken += besideLoud.other.tookMs.length;
  counts.limited_taken += besideLimited.other.tookMs.length;
  counts.limited_refused += besideLimited.other.refused;
  counts.quiet_refused +=
    alone.quiet.refused + besideLoud.quiet.refused + besideLimited.quiet.refused;
}
const [alone, besideLoud, besideLimited] = [took.alone, took.loud, took.limited].map(p99);
const common = { unit: 'ms', baseline: alone, calls_per_second: CALLS_PER_SECOND, times: TIMES };
print('limited to its share', besideLimited, { other_taken: counts.limited_taken });
print('without limits', besideLoud, { other_taken: counts.loud_taken });

child.kill('SIGTERM');
await new Promise((resolve) => child.once('exit', resolve));
await bus.close();
await servers.stop();

function print(name: string, value: number | undefined, more: object): void {
  const ratio = Number(((value ?? 0) / (alone ?? 1)).toFixed(2));
  const { quiet_refused, limited_refused } = counts;
  const refused = { quiet_refused, limited_refused };
  console.log(JSON.stringify({ name, value, ...common, ratio, ...more, ...refused }));
}

function p99(all: readonly number[]): number {
  const sorted = [...all].sort((a, b) => a - b);
  return Number((sorted[Math.floor((sorted.length - 1) * 0.99)] ?? 0).toFixed(1));
}
