import { setTimeout as pause } from 'node:timers/promises';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { startPlatform, type Platform } from '@billingrails/stack';
import { CACHE_GIB, type Bench } from '../bench';
import { RunDocuments } from '../billing-run/documents';
import { processorSeconds, processorTimeOfOne } from '../billing-run/processor-time';
import { billingClients, subscribeAll, type RunSize } from '../billing-run/subscribers';
import { connectClients } from '@billingrails/stack/clients';
import { ratioOf, type Figure, type Measured } from '../figure';
import { lastMonth } from '../load/history';
import { progress } from '../progress';
import { shortCount } from '../sizes';

const CALL_MS_MAX = 30_000;
const LEAST_RATIO = 0.5;
const LEAST_PER_SECOND = 700;
const POLL_MS = 20;
const TIMEOUT_MS = 600_000;
/** Billing's grace is an hour. */
const GRACE_MS = 3_600_000;

/** The end of a month of many subscriptions; the baseline is the bare write of the very documents. */
export const billingRun: Figure = {
  name: 'billing-run',
  description: 'subscriptions that end at one instant, billed and invoiced by two replicas each',
  async measure({ sizes }: Bench): Promise<Measured[]> {
    const { subscriptions, accountEvents } = sizes;
    const size = { subscriptions, accountEvents };
    progress('starting MongoDB, NATS and the services, two of billing and of invoicing');
    const platform = await startPlatform({
      cacheGib: CACHE_GIB,
      replicas: { billing: 2, invoicing: 2 },
      env: { LOG_LEVEL: 'warn' },
    });
    const documents = new RunDocuments(platform.stack.mongodbUrl);
    try {
      return [await measureRun(platform, documents, size)];
    } finally {
      await documents.close();
      await platform.stop();
    }
  },
};

async function measureRun(
  platform: Platform,
  documents: RunDocuments,
  size: RunSize,
): Promise<Measured> {
  const { subscriptions, accountEvents } = size;
  progress(`subscribing ${shortCount(subscriptions)} accounts with ${accountEvents} events each`);
  const { clients, close } = connectClients(platform.urls, platform.key, {
    defaultTimeoutMs: CALL_MS_MAX,
  });
  await subscribeAll(platform, clients, documents, size);
  close();
  progress('the month ends');
  const before = processorSeconds(platform);
  const { billsMs, invoicesMs } = await endMonth(platform, documents, subscriptions);
  const { each, all } = processorTimeOfOne(before, processorSeconds(platform), subscriptions);
  progress('writing the very documents again');
  const bareMs = await documents.writeBare();
  const perSecond = (ms: number) => Math.round((subscriptions * 1_000) / ms);
  const [value, baseline] = [perSecond(invoicesMs), perSecond(bareMs)];
  const ratio = ratioOf(value, baseline);
  return {
    name: `month's end of ${shortCount(subscriptions)} subscriptions, ${accountEvents} events each`,
    ...{ value, unit: 'invoices/s', baseline, ratio },
    reach: `ratio ≥ ${LEAST_RATIO} and ≥ ${LEAST_PER_SECOND}`,
    reached: value >= LEAST_PER_SECOND && ratio !== null && ratio >= LEAST_RATIO,
    details: {
      bills_per_second: perSecond(billsMs),
      ...(all === undefined ? {} : { cpu_ms_an_invoice: all }),
      ...Object.fromEntries(Object.entries(each).map(([name, us]) => [`cpu_us_${name}`, us])),
    },
  };
}

/** Moves the clock past the end of the month and its grace, and resolves with how long it took until all was there. */
async function endMonth(
  platform: Platform,
  documents: RunDocuments,
  count: number,
): Promise<{ billsMs: number; invoicesMs: number }> {
  const { testClock, close } = billingClients(platform);
  const currentTime = timestampFromMs(lastMonth().endMs + GRACE_MS);
  const startMs = performance.now();
  await testClock.advanceTestClock({ currentTime });
  close();
  let billsMs: number | undefined;
  for (;;) {
    const { bills, invoices } = await documents.counts();
    const passedMs = performance.now() - startMs;
    if (bills >= count) billsMs ??= passedMs;
    if (billsMs !== undefined && invoices >= count) return { billsMs, invoicesMs: passedMs };
    if (passedMs > TIMEOUT_MS)
      throw new Error(`After ${TIMEOUT_MS} ms there are ${bills} bills and ${invoices} invoices.`);
    await pause(POLL_MS);
  }
}
