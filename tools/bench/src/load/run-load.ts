import { setTimeout as pause } from 'node:timers/promises';
import { GrpcCaller } from '@billingrails/testing';
import { EVENTS_IN_BATCH, type EventBatches } from './event-batches';

const METHOD = '/billingrails.ingest.v1.EventService/IngestEvents';
const CALLERS = 16;

export interface LoadOptions {
  /** http://127.0.0.1:7001 */
  readonly ingestUrl: string;
  readonly key: string;
  readonly batches: EventBatches;
  /** Asked before each batch. */
  readonly goesOn: () => boolean;
  /** Left out: as fast as it is taken. */
  readonly eventsPerSecond?: number;
}

/** Lets 16 callers send batches, each as soon as its last was answered. Resolves with how many events were accepted. */
export async function runLoad(options: LoadOptions): Promise<number> {
  const { ingestUrl, key, batches, goesOn, eventsPerSecond } = options;
  const caller = new GrpcCaller(ingestUrl, { authorization: `Bearer ${key}` });
  const startMs = performance.now();
  let started = 0;
  let accepted = 0;
  const call = async () => {
    while (goesOn()) {
      const turn = started;
      started += 1;
      if (eventsPerSecond !== undefined) {
        const dueMs = startMs + (turn * EVENTS_IN_BATCH * 1_000) / eventsPerSecond;
        await pause(Math.max(0, dueMs - performance.now()));
      }
      await caller.call(METHOD, batches.next());
      accepted += EVENTS_IN_BATCH;
    }
  };
  try {
    await Promise.all(Array.from({ length: CALLERS }, call));
  } finally {
    caller.close();
  }
  return accepted;
}

/** A condition that holds for so long. */
export function forSeconds(seconds: number): () => boolean {
  const untilMs = performance.now() + seconds * 1_000;
  return () => performance.now() < untilMs;
}

/** A condition that holds until so many events were given. */
export function untilGiven(batches: EventBatches, eventCount: number): () => boolean {
  return () => batches.eventCount < eventCount;
}
