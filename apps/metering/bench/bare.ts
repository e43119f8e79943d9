import { decodeEventBatch } from '@billingrails/bus';
import { ensureIndexes, type Mongo } from '@billingrails/mongo';
import type { Turns } from '../src/consumer/turns';
import { chunksOf, type ChunkLimits } from '../src/events/contract/chunks';
import { segmentsOf, type NewSegment } from '../src/events/domain/segment';
import { insertEvents } from '../src/events/store/events';
import { INDEXES } from '../src/indexes';
import { DefinitionsCache } from '../src/meters/store/definitions-cache';
import { planChunk } from '../src/outcomes/domain/chunk';
import { RECOUNTED_AT_ONCE, RecountBudget } from '../src/recounts/domain/recount';
import type { Harness } from '../src/testing/harness';
import type { CollectedDay } from '../src/usage/domain/usage-day';
import { addUsage } from '../src/usage/use-cases/add-usage';
import { ORGANISATION } from './events';

/**
 * The baseline: the very documents and bucket updates of the same chunks, written into an empty database with the same
 * indexes, with nothing around: no stream, no decoding, no deciding, no look-up of keys, no cursor, no transaction.
 */
export class Bare {
  #writes: { segments: NewSegment[]; usage: readonly CollectedDay[] }[] = [];

  private constructor(private readonly mongo: Mongo) {}

  static async open(harness: Harness): Promise<Bare> {
    const db = harness.mongo.client.db('bare');
    await ensureIndexes(db, INDEXES);
    return new Bare({ ...harness.mongo, db });
  }

  /** Makes ready what `write` will write; not timed. */
  async prepare(harness: Harness, afterSeq: number, limits: ChunkLimits): Promise<void> {
    const { manager } = harness.bus;
    const { state } = await manager.streams.info('EVENTS');
    const messages = new Map<
      number,
      { seq: number; subject: string; data: Uint8Array; timeMs: number }[]
    >();
    for (let seq = afterSeq + 1; seq <= state.last_seq; seq += 1) {
      const { data, subject } = await manager.streams.getMessage('EVENTS', { seq });
      if ('problem' in decodeEventBatch(data)) continue;
      const partition = Number(subject.split('.')[1]);
      const own = messages.get(partition) ?? [];
      own.push({ seq, subject, data, timeMs: 0 });
      messages.set(partition, own);
    }
    const session = this.mongo.client.startSession();
    const cache = new DefinitionsCache();
    const definitions = (await cache.read(harness.mongo.db, session, [ORGANISATION])).get(
      ORGANISATION,
    );
    await session.endSession();
    this.#writes = [...messages].flatMap(([partition, own]) =>
      [...chunksOf({ partition, partitionCount: 16 }, own, limits)].map((chunk) => {
        const { events, usage } = planChunk({
          events: chunk.events,
          taken: new Map(),
          profilesOf: (_organisation, name) => definitions?.profilesOf(name) ?? [],
        });
        return { segments: segmentsOf(chunk, events), usage };
      }),
    );
  }

  /** Writes it, as many chunks at once as the lanes do. */
  async write(turns: Turns): Promise<void> {
    await Promise.all(
      this.#writes.map(({ segments, usage }) =>
        turns.take(async () => {
          const session = this.mongo.client.startSession();
          await insertEvents(this.mongo.db, session, segments);
          const rules = { budget: new RecountBudget(RECOUNTED_AT_ONCE), nowMs: Date.now };
          await addUsage(this.mongo.db, session, usage, rules);
          await session.endSession();
        }),
      ),
    );
  }
}
