/**
 * Measures ingest against what it rests on: the bare publication of the same bytes, as the same atomic batches, by the
 * same process, in turns. Prints a line of JSON for each figure, with --json or without.
 *
 *   node --import tsx bench/bench.ts [--seconds 3] [--rounds 3] [--only TEXT] [--node=FLAGS] [--profile FOLDER]
 *   [--json]
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createKey } from '@billingrails/access';
import { connectBus, partitionsOf, publishAtomic } from '@billingrails/bus';
import { createLogger } from '@billingrails/log';
import { GrpcCaller, startServers, type TestServers } from '@billingrails/testing';
import { encodeGroup } from '../src/publishing/group';
import { JsonCaller } from './json-caller';
import { organisationId, prepareRequests, type PreparedRequest } from './requests';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    node: { type: 'string', default: '' },
    json: { type: 'boolean', default: true },
    profile: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const PATH = '/billingrails.ingest.v1.EventService';

interface Scenario {
  readonly name: string;
  readonly callers: number;
  readonly size: number;
  readonly protocol: 'grpc' | 'json';
}

const scenarios: readonly Scenario[] = [
  { name: '100 a batch, 16 callers, gRPC', callers: 16, size: 100, protocol: 'grpc' },
  { name: '100 a batch, 16 callers, JSON', callers: 16, size: 100, protocol: 'json' },
  { name: 'single events, 64 callers, gRPC', callers: 64, size: 1, protocol: 'grpc' },
  { name: 'single events, 64 callers, JSON', callers: 64, size: 1, protocol: 'json' },
];

interface Figure {
  readonly eventsPerSecond: number;
  /** Processor time of ingest for each event; on a machine that others use too, steadier than the rate. */
  readonly cpuUs: number;
  /** How long a caller waited. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

// What runs in production, not what tsx makes of the sources.
execFileSync(process.execPath, ['../../tools/bundle.mjs']);
const BUNDLE = '../../dist/apps/ingest/main.mjs';
const servers = await startServers({ nats: true });
const bus = await connectBus({
  url: servers.natsUrl,
  name: 'bench',
  logger: createLogger({ service: 'bench', level: 'silent' }),
});
const { secret } = await createKey(bus, { kind: 'organisation', organisationId, name: 'bench' });
const ingest = await startIngest(servers);
const partitions = await partitionsOf(bus);
for (const scenario of scenarios.filter(({ name }) => name.includes(options.only)))
  await measureScenario(scenario);
ingest.child.kill('SIGTERM');
await new Promise((resolve) => ingest.child.once('exit', resolve));
await bus.close();
await servers.stop();

async function measureScenario(scenario: Scenario): Promise<void> {
  const { callers, size, name } = scenario;
  const requests = prepareRequests(callers * 8, size, partitions);
  await measureService(scenario, requests, 2);
  const service: Figure[] = [];
  const bare: Figure[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await measureBare(scenario, requests, seconds));
    service.push(await measureService(scenario, requests, seconds));
  }
  const [ours, baseline] = [median(service), median(bare)];
  const figure = {
    name,
    value: Math.round(ours.eventsPerSecond),
    unit: 'ev/s',
    baseline: Math.round(baseline.eventsPerSecond),
    ratio: Number((ours.eventsPerSecond / baseline.eventsPerSecond).toFixed(2)),
    cpu_us: Number(ours.cpuUs.toFixed(1)),
    p50_ms: Number(ours.p50Ms.toFixed(1)),
    p99_ms: Number(ours.p99Ms.toFixed(1)),
  };
  console.log(JSON.stringify(figure));
}

/** All callers' requests as one commit, encoded beforehand, one commit after the other. */
async function measureBare(
  { callers, size }: Scenario,
  requests: readonly PreparedRequest[],
  forSeconds: number,
): Promise<Figure> {
  const groups = Array.from({ length: 8 }, (_, index) => {
    const group = requests.slice(index * callers, (index + 1) * callers);
    return encodeGroup(group.map(({ entries }) => ({ events: entries, corrections: new Map() })))
      .messages;
  });
  let next = 0;
  return run(1, callers * size, forSeconds, async () => {
    const messages = groups[next % groups.length] ?? [];
    next += 1;
    await publishAtomic(bus, messages, { timeoutMs: 10_000 });
  });
}

async function measureService(
  { callers, size, protocol }: Scenario,
  requests: readonly PreparedRequest[],
  forSeconds: number,
): Promise<Figure> {
  const headers = { authorization: `Bearer ${secret}` };
  const method = `${PATH}/${size === 1 ? 'IngestEvent' : 'IngestEvents'}`;
  const caller =
    protocol === 'grpc'
      ? new GrpcCaller(ingest.address, headers)
      : new JsonCaller(ingest.address, headers);
  let next = 0;
  const figure = await run(callers, size, forSeconds, () => {
    const request = requests[next % requests.length];
    next += 1;
    return caller.call(method, request?.[protocol] ?? new Uint8Array());
  });
  caller.close();
  return figure;
}

/** Lets callers call again and again, each as soon as it is answered. */
async function run(
  callers: number,
  eventsInCall: number,
  forSeconds: number,
  call: () => Promise<unknown>,
): Promise<Figure> {
  const latenciesMs: number[] = [];
  const startCpuUs = cpuUsOf(ingest.child);
  const startMs = performance.now();
  const untilMs = startMs + forSeconds * 1_000;
  const caller = async () => {
    for (let sentMs = startMs; sentMs < untilMs; sentMs = performance.now()) {
      await call();
      latenciesMs.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const events = latenciesMs.length * eventsInCall;
  const eventsPerSecond = (events * 1_000) / (performance.now() - startMs);
  const cpuUs = (cpuUsOf(ingest.child) - startCpuUs) / events;
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor((latenciesMs.length - 1) * share)] ?? 0;
  return { eventsPerSecond, cpuUs, p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** Processor time a process has used, in microseconds, as Linux counts it: in hundredths of a second. */
function cpuUsOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function median(figures: readonly Figure[]): Figure {
  const sorted = [...figures].sort((a, b) => a.eventsPerSecond - b.eventsPerSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

async function startIngest(on: TestServers): Promise<{ child: ChildProcess; address: string }> {
  const flags = options.node.split(' ').filter((flag) => flag !== '');
  if (options.profile !== undefined) flags.push('--cpu-prof', '--cpu-prof-dir', options.profile);
  const child = spawn(process.execPath, [...flags, BUNDLE], {
    env: { ...process.env, NATS_URL: on.natsUrl, NATS_MONITOR_URL: on.natsMonitorUrl, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', () => reject(new Error('ingest ended')));
    const lines = createInterface(child.stdout);
    lines.on('line', (line) => {
      const found = /"address":"([^"]+)"/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { child, address };
}
