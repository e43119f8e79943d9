import { createHash } from 'node:crypto';
import { Bell } from '@billingrails/waits';
import type { JsonObject } from '../rpc/connection';
import type { Input } from './input';
import { eventMaker, type Mapping } from './mapping';
import { recordsIn, type ReadOptions, type RecordRead } from './records';
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
  const { input, reading, state, sender, clock, signal } = options;
  const pool = new OrderedPool(state, options);
  const batches = new Batches(options);
  const goesOn = (): boolean => !signal.aborted && pool.failure === undefined;
  for await (const records of recordsIn(input.chunks(), reading)) {
    for (const record of records) {
      if (!goesOn()) break;
      const batch = batches.take(record);
      if (batch !== undefined) await pool.add(batch, sender);
    }
    if (!goesOn()) break;
  }
  const last = batches.last();
  if (goesOn() && last.endRecords > 0) await pool.add(last, sender);
  return pool.finish(clock);
}

/** Makes batches of records, in their order. */
class Batches {
  #batch = newBatch();
  #records = 0;
  readonly #eventOf: ReturnType<typeof eventMaker>;
  readonly #keyOf: ReturnType<typeof keySource>;

  constructor(
    private readonly options: Pick<ImportOptions, 'mapping' | 'keyPrefix' | 'state' | 'onRefused'>,
  ) {
    this.#eventOf = eventMaker(options.mapping);
    this.#keyOf = keySource(options.keyPrefix);
  }

  /** Takes a record; the answer is a batch that is full, where one is. What an earlier run did is left out. */
  take({ line, record, problem, text }: RecordRead): Batch | undefined {
    this.#records += 1;
    const key = this.#keyOf(line, record);
    if (this.#records <= this.options.state.records) return undefined;
    const made =
      record === undefined
        ? { field: '', problem: problem ?? '' }
        : this.#eventOf(record, () => key);
    if ('problem' in made) {
      this.options.onRefused({ line, ...made });
      this.#batch.endRecords = this.#records;
      this.#batch.refusedHere += 1;
      return undefined;
    }
    const json = text !== undefined && Object.is(made, record) ? text : JSON.stringify(made);
    const isLong = this.#batch.characters + json.length > BATCH_CHARACTERS;
    const full = isLong && this.#batch.events.length > 0 ? this.last() : undefined;
    this.#batch.endRecords = this.#records;
    this.#batch.events.push({ line, json });
    this.#batch.characters += json.length;
    return full ?? (this.#batch.events.length === BATCH_EVENTS ? this.last() : undefined);
  }

  /** The batch that is being made; another one is begun. */
  last(): Batch {
    const batch = this.#batch;
    this.#batch = newBatch();
    return batch;
  }
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
