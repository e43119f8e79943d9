import { setTimeout as pause } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  CheckAccessRequestSchema,
  CheckAccessResponseSchema,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { GrpcCaller, grpcFrame } from '@billingrails/testing';
import { MongoClient } from 'mongodb';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import { processorTimeOfOne } from '../billing-run/processor-time';
import { ratioOf, type Figure, type Measured } from '../figure';
import { forSeconds, runLoad } from '../load/run-load';
import { progress } from '../progress';
import { percentile, tenths } from '../statistics';

const METHOD = '/billingrails.billing.v1.EntitlementService/CheckAccess';
const FEATURE = 'access-bench';
const LIMIT_MS = 5;
const CALLERS = 8;
/** Accounts of the live traffic that are asked for. */
const ACCOUNTS = 200;
const LIVE_PER_SECOND = 1_000;
/** How often it is asked where callers do not ask as fast as they can, but wait in between, as products do. */
const STEADY_PER_SECOND = 100;

/** So that what is used is found in buckets, as of most cycles, and not in the events of their first hour. */
const SUBSCRIBED_MS = 10 * 24 * 60 * 60_000;

/**
 * How long `CheckAccess` takes while events come in, of accounts that are asked for again and again; the baseline is a
 * bare find of an account by its `_id`. What processor time each takes is measured before events come in.
 */
export const access: Figure = {
  name: 'access',
  description: 'CheckAccess at 8 callers, with live traffic beside it',
  async measure(bench: Bench): Promise<Measured[]> {
    const { rounds, seconds } = bench.sizes;
    const platform = await bench.platform();
    await grantAll(platform);
    const { ingestUrl, billingUrl, mongodbUrl, key, live: batches } = platform;
    const caller = new GrpcCaller(billingUrl, { authorization: `Bearer ${key}` });
    const client = await new MongoClient(mongodbUrl, { maxPoolSize: CALLERS }).connect();
    const accounts = client.db('billing').collection('accounts');
    const ids = await accounts
      .find({}, { projection: { _id: 1 } })
      .limit(ACCOUNTS)
      .toArray();
    const requests = accountIds().map(requestOf);
    const check = async (n: number) => {
      const answer = await caller.call(METHOD, requests[n % ACCOUNTS] as Buffer);
      if (n % 1_000 === 0) checkAnswer(answer);
    };
    const find = (n: number) => accounts.findOne({ ...ids[n % ids.length] });
    progress('CheckAccess without live traffic');
    await asked(2 * ACCOUNTS, check);
    const checks = await processorTime(platform, seconds, check);
    const finds = await processorTime(platform, seconds, find);
    let goesOn = true;
    const load = runLoad({
      ...{ ingestUrl, key, batches, goesOn: () => goesOn, eventsPerSecond: LIVE_PER_SECOND },
    });
    const tookMs: number[] = [];
    const findMs: number[] = [];
    const steadyMs: number[] = [];
    try {
      await asked(2 * ACCOUNTS, check);
      for (let round = 1; round <= rounds; round += 1) {
        progress(`CheckAccess, round ${round} of ${rounds}`);
        findMs.push(...(await timed(seconds, find)));
        tookMs.push(...(await timed(seconds, check)));
        steadyMs.push(...(await steadily(seconds, check)));
      }
    } finally {
      goesOn = false;
      await load;
      caller.close();
      await client.close();
    }
    const [value, baseline] = [percentile(tookMs, 0.99), percentile(findMs, 0.99)].map(tenths);
    if (value === undefined || baseline === undefined) throw new Error('Both were measured.');
    return [
      {
        ...{ name: 'CheckAccess, 8 callers, p99', value, unit: 'ms', baseline },
        ...{ ratio: ratioOf(value, baseline), reach: `< ${LIMIT_MS}`, reached: value < LIMIT_MS },
        details: {
          p50_ms: tenths(percentile(tookMs, 0.5)),
          find_p50_ms: tenths(percentile(findMs, 0.5)),
          per_second: Math.round(tookMs.length / (rounds * seconds)),
          finds_per_second: Math.round(findMs.length / (rounds * seconds)),
          steady_per_second: STEADY_PER_SECOND,
          steady_p50_ms: tenths(percentile(steadyMs, 0.5)),
          steady_p99_ms: tenths(percentile(steadyMs, 0.99)),
          live_events_per_second: LIVE_PER_SECOND,
          cpu_us: checks,
          find_cpu_us: finds,
        },
      },
    ];
  },
};

const accountIds = () => Array.from({ length: ACCOUNTS }, (_, n) => `acct_${n}`);

/** Lets the accounts have a plan that grants what the live traffic uses. */
async function grantAll({ clients, liveMeters }: BenchPlatform): Promise<void> {
  const meterId = liveMeters[0]?.id ?? '';
  const price = { model: { case: 'flat', value: { amount: '1' } } } as const;
  const { plan } = await clients.plans.createPlan({
    ...{ name: 'Access', currencyCode: 'USD', fees: [{ name: 'Flat', price }] },
  });
  const planId = plan?.id ?? '';
  const { feature } = await clients.features.createFeature({
    ...{ code: FEATURE, name: 'Access', meterProfile: { meterId, profile: 'count' } },
  });
  await clients.entitlements.createEntitlement({
    ...{ featureId: feature?.id ?? '', limit: '1000000000' },
    grantee: { case: 'planId', value: planId },
  });
  const startTime = timestampFromMs(Date.now() - SUBSCRIBED_MS);
  for (const accountId of accountIds()) {
    await clients.accounts.createAccount({ accountId, name: accountId });
    await clients.subscriptions.createSubscription({ accountId, planId, startTime });
  }
}

function requestOf(accountId: string): Buffer {
  const request = create(CheckAccessRequestSchema, { accountId, featureCode: FEATURE });
  return grpcFrame(toBinary(CheckAccessRequestSchema, request));
}

function checkAnswer(message: Uint8Array): void {
  const { allowed, explanation } = fromBinary(CheckAccessResponseSchema, message);
  if (!allowed) throw new Error(`Access was not allowed: ${explanation}`);
}

type Ask = (n: number) => Promise<unknown>;

/** The processor time of each service, and of MongoDB, for one of what callers ask for so long, in microseconds. */
async function processorTime(
  { processorSeconds }: BenchPlatform,
  seconds: number,
  ask: Ask,
): Promise<string> {
  const before = processorSeconds();
  const { length: count } = await timed(seconds, ask);
  const { each } = processorTimeOfOne(before, processorSeconds(), count);
  const taken = Object.entries(each).map(([name, us]) => `${name} ${us}`);
  return taken.join(', ');
}

/** Lets callers ask one after the other for so long; how long each took. */
function timed(seconds: number, ask: Ask): Promise<number[]> {
  const goesOn = forSeconds(seconds);
  return inTurn(ask, () => goesOn());
}

/** So often. */
function asked(count: number, ask: Ask): Promise<number[]> {
  return inTurn(ask, (begun) => begun < count);
}

/** At a steady rate; how long each took from when it was due, or from when a timer that was late let it begin. */
async function steadily(seconds: number, ask: Ask): Promise<number[]> {
  const beganMs = performance.now();
  const tookMs: number[] = [];
  await asked(STEADY_PER_SECOND * seconds, async (n) => {
    const dueMs = beganMs + (n * 1_000) / STEADY_PER_SECOND;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await pause(earlyMs);
    const startMs = earlyMs > 0 ? performance.now() : dueMs;
    await ask(n);
    tookMs.push(performance.now() - startMs);
  });
  return tookMs;
}

async function inTurn(ask: Ask, goesOn: (begun: number) => boolean): Promise<number[]> {
  const tookMs: number[] = [];
  let next = 0;
  const call = async () => {
    while (goesOn(next)) {
      next += 1;
      const startMs = performance.now();
      await ask(next);
      tookMs.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, call));
  return tookMs;
}
