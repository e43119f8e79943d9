import { waitFor } from '@billingrails/testing';
import { Turns } from '../src/consumer/turns';
import { CountedTeller } from '../src/changes/use-cases/tell-counted';
import { startSettling } from '../src/jobs/settle';
import { startTellingCounted } from '../src/jobs/tell-changes';
import { readAppliedSeqs } from '../src/partitions/store/partitions';
import { startHarness, type Harness } from '../src/testing/harness';
import { runLanes } from '../src/testing/lanes';
import { settleAll } from '../src/testing/settle';
import { Bare } from './bare';
import { eventAt, ORGANISATION, PROFILES } from './events';

/**
 * Measures how many events a second the lanes of one process meter, 2 profiles an event, against a bare write of the
 * very documents in the same run, by turns: `npx tsx bench/lanes.ts [live|month] [events] [chunk] [lanes at once]`.
 * In each round events wait in the stream; the clock runs from the start of the lanes until the last is applied and
 * settled. A round more than are counted comes first.
 */
const [, , SPREAD = 'live', EVENTS = '100000', CHUNK = '2000', AT_ONCE = '2'] = process.argv;
const SPREAD_MS = SPREAD === 'month' ? 30 * 86_400_000 : 5 * 60_000;
const LIMITS = { eventCount: Number(CHUNK), byteCount: 8 * 1024 * 1024 };
const ROUNDS = 4;
/** As ingest groups them: the events of a commit, split over the partitions. */
const EVENTS_PER_COMMIT = 1_600;

interface Taken {
  seconds: number;
  ownCpuSeconds: number;
  databaseCpuSeconds: number;
}

async function main(): Promise<void> {
  const harness = await startHarness();
  for (const profiles of PROFILES) await harness.createMeter(ORGANISATION, profiles);
  const bare = await Bare.open(harness);
  const nowMs = Date.now();
  const perRound = Math.floor(Number(EVENTS) / ROUNDS);
  const totals = { lanes: nothing(), bare: nothing() };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const { state } = await harness.bus.manager.streams.info('EVENTS');
    const last = await publishRound(harness, round * perRound, perRound, nowMs);
    const ofLanes = await measure(harness, async () => {
      const { mongo, logger } = harness;
      const settling = startSettling({ mongo, logger, owned: () => [...last.keys()] });
      const teller = new CountedTeller(harness.bus);
      const telling = startTellingCounted(teller, logger);
      const onCounted: CountedTeller['add'] = (counted) => teller.add(counted);
      const lanes = await runLanes(harness, { limits: LIMITS, onCounted }, Number(AT_ONCE));
      await waitFor(() => isApplied(harness, last), {
        ...{ what: 'the round', timeoutMs: 600_000, intervalMs: 50 },
      });
      // What still waits counts already; its settling belongs to the work all the same.
      await settling.close();
      await telling.close();
      await settleAll(harness);
      return () => lanes.stop();
    });
    await bare.prepare(harness, state.last_seq, LIMITS);
    const ofBare = await measure(harness, async () => {
      await bare.write(new Turns(Number(AT_ONCE)));
      return async () => undefined;
    });
    // The first round only warms both up: code is compiled, collections and connections are made.
    if (round === 0) continue;
    add(totals.lanes, ofLanes);
    add(totals.bare, ofBare);
  }
  const count = perRound * ROUNDS;
  const rate = ({ seconds }: Taken) => Math.round(count / seconds);
  const cpu = ({ ownCpuSeconds, databaseCpuSeconds }: Taken) =>
    Math.round(((ownCpuSeconds + databaseCpuSeconds) / count) * 1e6);
  const line = {
    name: `metering, ${SPREAD}`,
    value: rate(totals.lanes),
    unit: 'events/s',
    baseline: rate(totals.bare),
    ratio: Number((totals.bare.seconds / totals.lanes.seconds).toFixed(2)),
    cpuMicrosecondsPerEvent: { lanes: cpu(totals.lanes), bare: cpu(totals.bare) },
    ...totals,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  await harness.close();
}

async function publishRound(
  harness: Harness,
  first: number,
  count: number,
  nowMs: number,
): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  for (let from = first; from < first + count; from += EVENTS_PER_COMMIT) {
    const size = Math.min(EVENTS_PER_COMMIT, first + count - from);
    const events = Array.from({ length: size }, (_, n) => eventAt(from + n, nowMs, SPREAD_MS));
    for (const [partition, seq] of await harness.publish(events)) last.set(partition, seq);
  }
  return last;
}

async function isApplied(harness: Harness, last: Map<number, number>): Promise<boolean> {
  const applied = await readAppliedSeqs(harness.mongo.db);
  return [...last].every(([partition, seq]) => (applied.get(partition) ?? 0) >= seq);
}

/** Times the work; what it returns is run afterwards, untimed. */
async function measure(harness: Harness, work: () => Promise<() => Promise<void>>): Promise<Taken> {
  const database = await databaseCpuSeconds(harness);
  const own = process.cpuUsage();
  const startMs = performance.now();
  const after = await work();
  const seconds = (performance.now() - startMs) / 1_000;
  const { user, system } = process.cpuUsage(own);
  const databaseSeconds = (await databaseCpuSeconds(harness)) - database;
  await after();
  return { seconds, ownCpuSeconds: (user + system) / 1e6, databaseCpuSeconds: databaseSeconds };
}

/** What mongod has used so far: on a busy machine this says more than the clock. */
async function databaseCpuSeconds({ mongo }: Harness): Promise<number> {
  const { extra_info: info } = await mongo.db.admin().command({ serverStatus: 1 });
  return (Number(info.user_time_us) + Number(info.system_time_us)) / 1e6;
}

function nothing(): Taken {
  return { seconds: 0, ownCpuSeconds: 0, databaseCpuSeconds: 0 };
}

function add(to: Taken, more: Taken): void {
  to.seconds += more.seconds;
  to.ownCpuSeconds += more.ownCpuSeconds;
  to.databaseCpuSeconds += more.databaseCpuSeconds;
}

void main();
