import { decodeEventBatch, lastSeqOf, partitionsOf, readLane, type Bus } from '@billingrails/bus';
import { waitFor } from '@billingrails/testing';

/** An event as it lies in the stream. */
export interface StoredEvent {
  readonly partition: number;
  readonly seq: number;
  readonly organisationId: string;
  readonly accountId: string;
  readonly eventName: string;
  readonly idempotencyKey: string;
  readonly timestampMs: number;
  readonly timestampAssigned: boolean;
  readonly receiveTimeMs: number;
  readonly properties: unknown;
}

/**
 * All events in the stream, read as metering reads them. After the broker was away, ingest may be back before this
 * connection is.
 */
export async function storedEvents(bus: Bus): Promise<StoredEvent[]> {
  await waitFor(() => bus.connected, { what: 'the tests’ own connection', timeoutMs: 60_000 });
  const partitions = Array.from({ length: await partitionsOf(bus) }, (_, partition) => partition);
  const lanes = await Promise.all(partitions.map((partition) => laneOf(bus, partition)));
  return lanes.flat();
}

async function laneOf(bus: Bus, partition: number): Promise<StoredEvent[]> {
  const lastSeq = await lastSeqOf(bus, partition);
  const events: StoredEvent[] = [];
  if (lastSeq === 0) return events;
  const reading = new AbortController();
  const options = { partition, afterSeq: 0, maxMessages: 100, signal: reading.signal };
  for await (const messages of readLane(bus, options)) {
    for (const { seq, data } of messages) {
      const decoded = decodeEventBatch(data);
      if ('problem' in decoded) throw new Error(decoded.problem);
      for (const event of decoded)
        events.push({
          partition,
          seq,
          ...event,
          timestampMs: Number(event.timestampMs),
          receiveTimeMs: Number(event.receiveTimeMs),
          properties: JSON.parse(Buffer.from(event.properties).toString()),
        });
    }
    if ((messages.at(-1)?.seq ?? 0) >= lastSeq) break;
  }
  reading.abort();
  return events;
}
