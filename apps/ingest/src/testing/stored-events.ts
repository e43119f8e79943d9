import {
  decodeEventBatch,
  lastSeqOf,
  partitionsOf,
  readLane,
  type Bus,
  type ReceivedList,
} from '@billingrails/bus';
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

/** A message of the stream with what it holds. */
export interface StoredMessage {
  readonly partition: number;
  readonly seq: number;
  readonly list: ReceivedList;
}

/** All events in the stream. */
export async function storedEvents(bus: Bus): Promise<StoredEvent[]> {
  return (await storedMessages(bus)).flatMap(({ partition, seq, list }) =>
    list.events.map(({ bytes: _bytes, ...event }) => ({
      partition,
      seq,
      ...event,
      properties: JSON.parse(Buffer.from(event.properties).toString()),
    })),
  );
}

/**
 * All messages in the stream, read as metering reads them, by partition. After the broker was away, ingest may be back
 * before this connection is.
 */
export async function storedMessages(bus: Bus): Promise<StoredMessage[]> {
  await waitFor(() => bus.connected, { what: 'the tests’ own connection' });
  const partitions = Array.from({ length: await partitionsOf(bus) }, (_, partition) => partition);
  const lanes = await Promise.all(partitions.map((partition) => laneOf(bus, partition)));
  return lanes.flat();
}

async function laneOf(bus: Bus, partition: number): Promise<StoredMessage[]> {
  const lastSeq = await lastSeqOf(bus, partition);
  const stored: StoredMessage[] = [];
  if (lastSeq === 0) return stored;
  const reading = new AbortController();
  const options = { partition, afterSeq: 0, maxMessages: 100, signal: reading.signal };
  for await (const messages of readLane(bus, options)) {
    for (const { seq, data } of messages) {
      const list = decodeEventBatch(data);
      if ('problem' in list) throw new Error(list.problem);
      stored.push({ partition, seq, list });
    }
    if ((messages.at(-1)?.seq ?? 0) >= lastSeq) break;
  }
  reading.abort();
  return stored;
}
