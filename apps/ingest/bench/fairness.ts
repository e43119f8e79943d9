/**
 * Measures what one organisation has to wait while another sends 20 times as much: a quiet one at a steady rate, by
 * turns alone, beside one without limits, and beside one that is limited to the same rate and has used up what it saved
 * before. Prints a line of JSON for each of the last two, with how many of the other's calls were taken and refused.
 * Fails where the machine was too busy for the other to come over its limit: nothing would have been measured then.
 *
 *   node --import tsx bench/fairness.ts [--seconds 5] [--rounds 3]
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
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
/** Of the processor times of Linux. */
const TICK_MS = 10;

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
  /** Calls that were one too many. */
  readonly refused: number;
}

/** Before the first answer a client does not know how many calls a connection takes at once. */
async function connected(key: string): Promise<GrpcCaller> {
  const caller = new GrpcCaller(address, { authorization: `Bearer ${key}` });
  await caller.call(METHOD, requests[0] ?? new Uint8Array()).catch(() => undefined);
  return caller;
}

/**
 * Makes calls at a steady rate, each at its time whether those before are answered or not, from so much of the time
 * between two calls on: senders that know nothing of each other do not send at the same instants.
 */
async function send(key: string, phase = 0): Promise<Sent> {
  const caller = await connected(key);
  const tookMs: number[] = [];
  let refused = 0;
  let failure: unknown;
  const startMs = performance.now();
  const calls: Promise<void>[] = [];
  for (let n = 0; n < CALLS_PER_SECOND * seconds; n += 1) {
    const dueMs = startMs + ((n + phase) * 1_000) / CALLS_PER_SECOND;
    if (dueMs > performance.now()) await pause(dueMs - performance.now());
    const sentMs = performance.now();
    const call = caller.call(METHOD, requests[n % requests.length] ?? new Uint8Array()).then(
      () => void tookMs.push(performance.now() - sentMs),
      (error: unknown) => {
        if (isRefused(error)) refused += 1;
        else failure ??= error;
      },
    );
    calls.push(call);
  }
  await Promise.all(calls);
  caller.close();
  if (failure !== undefined) throw failure;
  return { tookMs, refused };
}

/** RESOURCE_EXHAUSTED, also as HTTP/2 says it of one call more than a connection may have. */
const REFUSED = /^grpc-status 8$|ENHANCE_YOUR_CALM$/;

function isRefused(error: unknown): boolean {
  return error instanceof Error && REFUSED.test(error.message);
}

/** Makes as many calls as may be saved up, and as come by meanwhile: none is left of the limit then. */
async function useUp(key: string): Promise<void> {
  const caller = await connected(key);
  const call = () => caller.call(METHOD, requests[0] ?? new Uint8Array());
  for (let made = 0; made < CALLS_SAVED_UP * 2; made += CALLS_PER_SECOND) {
    await Promise.allSettled(Array.from({ length: CALLS_PER_SECOND }, call));
  }
  caller.close();
}

/** What is not used of a limit of calls can be used for five seconds. */
const CALLS_SAVED_UP = CALLS_PER_SECOND * 5;

/** A case: how long the quiet one's calls take while another sends, and what becomes of both. */
class Case {
  readonly #tookMs: number[] = [];
  #processorMs = 0;
  readonly counts = { other_taken: 0, other_refused: 0, quiet_refused: 0 };

  constructor(private readonly other?: string) {}

  async measure(): Promise<void> {
    const { other } = this;
    const beforeMs = processorMs();
    // Of as many senders as it is louder, each with a connection of its own.
    const senders =
      other === undefined ? [] : Array.from({ length: TIMES }, (_, n) => send(other, n / TIMES));
    const [one, ...others] = await Promise.all([send(quiet), ...senders]);
    this.#processorMs += processorMs() - beforeMs;
    this.#tookMs.push(...one.tookMs);
    this.counts.quiet_refused += one.refused;
    for (const { tookMs, refused } of others) {
      this.counts.other_taken += tookMs.length;
      this.counts.other_refused += refused;
    }
  }

  /** What ingest worked for a call, refused or not: unlike times, it hardly depends on what else the machine does. */
  get processorUs(): number {
    const { other_taken, other_refused, quiet_refused } = this.counts;
    const calls = this.#tookMs.length + quiet_refused + other_taken + other_refused;
    return Math.round((this.#processorMs * 1_000) / Math.max(1, calls));
  }

  get p99(): number {
    const sorted = this.#tookMs.sort((a, b) => a - b);
    return Number((sorted[Math.floor((sorted.length - 1) * 0.99)] ?? 0).toFixed(1));
  }
}

const alone = new Case();
const besideLoud = new Case(loud);
const besideLimited = new Case(limited);
await new Case(loud).measure();
for (let round = 0; round < rounds; round += 1) {
  await alone.measure();
  await besideLoud.measure();
  await useUp(limited);
  await besideLimited.measure();
}
print('limited to its share', besideLimited);
print('without limits', besideLoud);

child.kill('SIGTERM');
await new Promise((resolve) => child.once('exit', resolve));
await bus.close();
await servers.stop();
if (besideLimited.counts.other_refused === 0) {
  throw new Error('The machine is too busy: the limited organisation never came over its limit.');
}

/** The processor time that ingest has taken, where the system tells it. */
function processorMs(): number {
  if (process.platform !== 'linux') return 0;
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function print(name: string, { p99, processorUs, counts }: Case): void {
  const ratio = Number((p99 / alone.p99).toFixed(2));
  const { other_taken, other_refused } = counts;
  const share = (100 * other_refused) / Math.max(1, other_taken + other_refused);
  const rates = { calls_per_second: CALLS_PER_SECOND, times: TIMES };
  console.log(
    JSON.stringify({
      ...{ name, value: p99, unit: 'ms', baseline: alone.p99, ratio, ...rates, ...counts },
      ...{ other_refused_percent: Number(share.toFixed(1)), cpu_us_a_call: processorUs },
    }),
  );
}
