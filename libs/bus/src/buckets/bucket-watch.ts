import { AckPolicy, DeliverPolicy, nanos, nuid, type Msg } from 'nats';
import { whileConnected, type Bus } from '../connect';
import { deliveryOf } from '../consuming/delivery';
import { startPull } from '../consuming/pull';

export interface BucketEntry {
  readonly key: string;
  /** `undefined` once it is deleted. */
  readonly value: Uint8Array | undefined;
  readonly revision: number;
}

export interface BucketWatch {
  close(): Promise<void>;
}

const BATCH = 256;
const BYTES_MAX = 4 * 1024 * 1024;
const FORGOTTEN_AFTER_MS = 30_000;

/** See `Bucket.watchAll`. A bucket is a stream `KV_<name>` with a subject for each key. */
export function watchBucket(
  bus: Bus,
  name: string,
  handler: (entry: BucketEntry) => void,
  onReady: () => void,
): BucketWatch {
  const stream = `KV_${name}`;
  const prefix = `$KV.${name}.`;
  let nextDelivery = 1;
  let ready = false;

  function becomeReady(): void {
    if (ready) return;
    ready = true;
    onReady();
  }

  async function openConsumer(): Promise<string> {
    nextDelivery = 1;
    const { name: consumer, num_pending } = await whileConnected(bus, () =>
      bus.manager.consumers.add(stream, {
        name: `watch_${nuid.next()}`,
        filter_subject: `${prefix}>`,
        deliver_policy: DeliverPolicy.LastPerSubject,
        ack_policy: AckPolicy.None,
        max_deliver: 1,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: nanos(FORGOTTEN_AFTER_MS),
      }),
    );
    if (num_pending === 0) becomeReady();
    return consumer;
  }

  const pull = startPull(bus, {
    stream,
    reader: `watch of ${name}`,
    openConsumer,
    batch: BATCH,
    bytesMax: BYTES_MAX,
    onMessage: (message) => {
      const { consumerSeq, streamSeq, pending } = deliveryOf(message);
      if (consumerSeq !== nextDelivery) {
        return pull.reopen('a message was lost on the way');
      }
      nextDelivery += 1;
      try {
        handler(entryOf(message, prefix, streamSeq));
      } catch (error) {
        bus.logger.error({ error, subject: message.subject }, 'entry of a bucket not handled');
      }
      if (pending === 0) becomeReady();
    },
    wantsMore: () => true,
  });
  return { close: () => pull.close() };
}

function entryOf({ subject, headers, data }: Msg, prefix: string, revision: number): BucketEntry {
  const deleted = (headers?.get('KV-Operation') ?? '') !== '';
  return {
    key: subject.slice(prefix.length),
    value: deleted ? undefined : data,
    revision,
  };
}
