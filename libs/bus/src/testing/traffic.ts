import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '@billingrails/testing';
import { publishAtomic, readLane, type Bus, type LaneMessage } from '../index';

/** Numbered messages going into one partition and being read from it, while a test breaks things. */
export interface Traffic {
  /** Publishes until now are acknowledged; resolves with the number of messages acknowledged so far. */
  acknowledged(): number;
  /** Ends publishing, waits until all that was acknowledged has been read, and returns what was read. */
  finish(): Promise<LaneMessage[]>;
  /** Content by sequence, of everything that was acknowledged. */
  readonly accepted: ReadonlyMap<number, string>;
}

const BATCH = 4;

/** One caller that repeats a batch until it is acknowledged, as ingest's callers do, and one lane. */
export function startTraffic(bus: Bus, partition: number): Traffic {
  const accepted = new Map<number, string>();
  const read: LaneMessage[] = [];
  const reading = new AbortController();
  let finished = false;

  async function publishAll(): Promise<void> {
    for (let number = 0; !finished;) {
      const contents = Array.from({ length: BATCH }, (_, index) => String(number + index));
      const messages = contents.map((content) => ({
        subject: `events.${partition}`,
        data: Buffer.from(content),
      }));
      try {
        const sequences = await publishAtomic(bus, messages, { timeoutMs: 2_000 });
        for (const [index, seq] of sequences.entries()) accepted.set(seq, contents[index] ?? '');
        number += BATCH;
      } catch {
        await pause(20);
      }
    }
  }

  async function readAll(): Promise<void> {
    const { signal } = reading;
    const lane = readLane(bus, { partition, afterSeq: 0, maxMessages: 16, signal });
    for await (const chunk of lane) read.push(...chunk);
  }

  const publishing = publishAll();
  const lane = readAll();
  return {
    accepted,
    acknowledged: () => accepted.size,
    finish: async () => {
      finished = true;
      await publishing;
      const last = Math.max(...accepted.keys());
      await waitFor(() => (read.at(-1)?.seq ?? 0) >= last, {
        what: 'the lane to reach the last acknowledged message',
      });
      reading.abort();
      await lane;
      return read;
    },
  };
}

/** Everything acknowledged was read, each message once, in order of the stream and of its numbers. */
export function expectAllInOrder(read: readonly LaneMessage[], { accepted }: Traffic): void {
  const contentBySeq = new Map(read.map(({ seq, data }) => [seq, Buffer.from(data).toString()]));
  expect(contentBySeq.size).toBe(read.length);
  const sequences = read.map(({ seq }) => seq);
  expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  const missing = [...accepted].filter(([seq, content]) => contentBySeq.get(seq) !== content);
  expect(missing).toEqual([]);
  // A batch of unknown outcome may be there twice; the first times are in order and without holes.
  const numbers = [...new Set(read.map(({ data }) => Number(Buffer.from(data).toString())))];
  expect(numbers).toEqual(numbers.map((_, index) => index));
}
