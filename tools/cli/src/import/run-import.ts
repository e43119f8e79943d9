import { createHash } from 'node:crypto';
import { Bell } from '@billingrails/waits';
import type { JsonObject } from '../rpc/connection';
import type { Input } from './input';
import { eventMaker, type Mapping } from './mapping';
import { recordsIn, type ReadOptions } from './records';
import type { Outgoing, RefusedLine, Sender } from './sender';
import type { ImportState } from './state';

const BATCH_EVENTS = 100;
/** What ingest takes without unpacking it in its slower way. */
const BATCH_CHARACTERS = 200_000;
const BATCHES_AT_ONCE = 16;
const SAVE_EVERY_MS = 500;

export interface ImportOptions {
  readonly input: Input;
  readonly reading: ReadOptions;
  readonly mapping: Mapping;
  /** Begins the keys of records that have none; undefined: it comes from the records before, for stdin. */
  readonly keyPrefix: string | undefined;
  readonly state: ImportState;
  readonly sender: Sender;
  readonly clock: () => number;
  readonly signal: AbortSignal;
  readonly onRefused: (refused: RefusedLine) => void;
  readonly onState: (state: ImportState) => void;
}

interface Batch {
  events: Outgoing[];
  characters: number;
  /** Records done once it is. */
  endRecords: number;
  /** Of its records that were refused before they were sent. */
  refusedHere: number;
}

/**
 * Sends what an input holds: batches of up to 100, 16 at once, so however long it is, it needs no more memory. Tells
 * the state whenever it moves, at most twice a second and at the end; what it says is done is so on the platform.
 */
export async function runImport(options: ImportOptions): Promise<ImportState> {
  const { input, reading, mapping, state, sender, clock, signal } = options;
  const pool = new OrderedPool(state, options);
  const eventOf = eventMaker(mapping);
  const keys = keySource(options.keyPrefix);
  let batch = newBatch();
  let records = 0;
  for await (const { line, record, problem } of recordsIn(input.chunks(), reading)) {
    if (signal.aborted || pool.failure !== undefined) break;
    records += 1;
    const key = keys(line, record);
    if (records <= state.records) continue;
    batch.endRecords = records;
    const made =
      record === undefined ? { field: '', problem: problem ?? '' } : eventOf(record, () => key);
    if ('problem' in made) {
      options.onRefused({ line, ...made });
      batch.refusedHere += 1;
      continue;
    }
    const json = JSON.stringify(made);
    if (batch.characters + json.length > BATCH_CHARACTERS && batch.events.length > 0) {
      batch.endRecords = records - 1;
      await pool.add(batch, sender);
      batch = { ...newBatch(), endRecords: records };
    }
    batch.events.push({ line, json });
    batch.characters += json.length;
    if (batch.events.length < BATCH_EVENTS) continue;
    await pool.add(batch, sender);
    batch = newBatch();
  }
  const goesOn = !signal.aborted && pool.failure === undefined;
  if (goesOn && batch.endRecords > 0) await pool.add(batch, sender);
  return pool.finish(clock);
}

function newBatch(): Batch {
  return { events: [], characters: 0, endRecords: 0, refusedHere: 0 };
}

/**
 * Keys of records that have none. With a prefix they are the line's place; without one, as for stdin, a hash of all
 * records up to this one: the same input has the same keys again.
 */
function keySource(prefix: string | undefined): (line: number, record?: JsonObject) => string {
  if (prefix !== undefined) return (line) => `${prefix}-${line}`;
  let before = '';
  return (_line, record) => {
    const text = `${before}\n${JSON.stringify(record ?? null)}`;
    before = createHash('sha256').update(text).digest('hex').slice(0, 40);
    return `stdin-${before}`;
  };
}

/** Sends several batches at once, and knows up to which record all are done. */
class OrderedPool {
  failure: { error: unknown } | undefined;
  #running = 0;
  #savedMs = -Infinity;
  readonly #bell = new Bell();
  readonly #done = new Map<number, Pick<ImportState, 'acknowledged' | 'refused' | 'records'>>();
  #added = 0;
  #next = 0;

  constructor(
    private state: ImportState,
    private readonly options: Pick<ImportOptions, 'clock' | 'onRefused' | 'onState'>,
  ) {}

  /** Resolves when there is room for another. */
  async add(batch: Batch, sender: Sender): Promise<void> {
    const place = this.#added;
    this.#added += 1;
    this.#running += 1;
    void this.#send(place, batch, sender);
    while (this.#running >= BATCHES_AT_ONCE && this.failure === undefined) await this.#bell.wait();
  }

  /** Waits for all that is on its way. Throws what went wrong. */
  async finish(clock: () => number): Promise<ImportState> {
    while (this.#running > 0) await this.#bell.wait();
    this.#save(clock(), true);
    if (this.failure !== undefined) throw this.failure.error;
    return this.state;
  }

  async #send(place: number, batch: Batch, sender: Sender): Promise<void> {
    try {
      const refused = batch.events.length === 0 ? [] : await sender.send(batch.events);
      for (const each of refused) this.options.onRefused(each);
      this.#done.set(place, {
        records: batch.endRecords,
        acknowledged: batch.events.length - refused.length,
        refused: refused.length + batch.refusedHere,
      });
      this.#advance();
    } catch (error) {
      this.failure ??= { error };
    } finally {
      this.#running -= 1;
      this.#bell.ring();
    }
  }

  #advance(): void {
    for (let done = this.#done.get(this.#next); done; done = this.#done.get(this.#next)) {
      this.#done.delete(this.#next);
      this.#next += 1;
      this.state = {
        ...this.state,
        records: done.records,
        acknowledged: this.state.acknowledged + done.acknowledged,
        refused: this.state.refused + done.refused,
      };
    }
    this.#save(this.options.clock(), false);
  }

  #save(nowMs: number, always: boolean): void {
    if (!always && nowMs - this.#savedMs < SAVE_EVERY_MS) return;
    this.#savedMs = nowMs;
    this.options.onState(this.state);
  }
}
