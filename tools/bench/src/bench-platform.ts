import {
  AggregationMethod,
  type Meter,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { startPlatform } from '@billingrails/stack';
import { connectClients, type Clients } from '@billingrails/stack/clients';
import { processorSeconds } from './billing-run/processor-time';
import { History } from './load/history';
import { EventBatches, type BatchesOptions } from './load/event-batches';
import { progress } from './progress';

/** 10 M events take about 4 GiB in the stream, where they stay for a week. */
const STREAM_BYTES_MAX = 64 * 1024 ** 3;
const LIVE_EVENT_NAMES = ['Song played', 'Message sent', 'API call'];
const LIVE_MS = 5 * 60_000;
const CALL_MS_MAX = 30_000;

/** The platform with clients, and the meters of the live traffic. */
export interface BenchPlatform {
  readonly key: string;
  readonly gatewayUrl: string;
  readonly ingestUrl: string;
  readonly meteringUrl: string;
  readonly billingUrl: string;
  readonly mongodbUrl: string;
  readonly natsUrl: string;
  readonly clients: Clients;
  /** As `processorSeconds` has it. */
  readonly processorSeconds: () => Record<string, number>;
  /** Traffic of the last minutes: 2,000 accounts, three names, two profiles each. */
  readonly live: EventBatches;
  readonly liveOptions: BatchesOptions;
  /** The meter of each name of the live traffic. */
  readonly liveMeters: readonly Meter[];
  /** Accounts with a month of events. */
  readonly history: History;
  close(): Promise<void>;
}

/** Starts it, with nothing stored. */
export async function startBenchPlatform(cacheGib: number): Promise<BenchPlatform> {
  progress('starting MongoDB, NATS and the services');
  const platform = await startPlatform({
    cacheGib,
    env: { EVENTS_MAX_BYTES: String(STREAM_BYTES_MAX), LOG_LEVEL: 'warn' },
  });
  const { clients, close } = connectClients(platform.urls, platform.key, {
    defaultTimeoutMs: CALL_MS_MAX,
  });
  const liveMeters: Meter[] = [];
  for (const eventName of LIVE_EVENT_NAMES) {
    const { meter } = await clients.meters.createMeter({
      name: eventName,
      eventName,
      profiles: [COUNT, DURATION],
    });
    if (meter) liveMeters.push(meter);
  }
  const nowMs = Date.now();
  const liveOptions: BatchesOptions = {
    eventNames: LIVE_EVENT_NAMES,
    startMs: nowMs - LIVE_MS,
    endMs: nowMs,
    keyPrefix: 'live',
  };
  const { key } = platform;
  const { gateway: gatewayUrl, ...services } = platform.httpUrls;
  const { ingest: ingestUrl, metering: meteringUrl, billing: billingUrl } = services;
  const { mongodbUrl, natsUrl } = platform.stack;
  return {
    processorSeconds: () => processorSeconds(platform),
    ...{
      key,
      gatewayUrl,
      ingestUrl,
      meteringUrl,
      billingUrl,
      mongodbUrl,
      natsUrl,
      clients,
      liveMeters,
    },
    live: new EventBatches(liveOptions),
    liveOptions,
    history: new History({ key, ingestUrl, clients }),
    async close() {
      close();
      await platform.stop();
    },
  };
}

const COUNT = { code: 'count', name: 'Count', aggregationMethod: AggregationMethod.COUNT };

const DURATION = {
  code: 'duration',
  name: 'Duration in the USA and Germany',
  aggregationMethod: AggregationMethod.SUM,
  aggregationProperty: 'duration',
  filters: [{ property: text('country'), operator: 'in', value: list('USA', 'DE') }],
};

function text(value: string) {
  return { kind: { case: 'stringValue' as const, value } };
}

function list(...values: string[]) {
  return { kind: { case: 'listValue' as const, value: { values: values.map(text) } } };
}
