import type { Logger } from '@billingrails/log';
import type { Db } from 'mongodb';
import { ownedPartitions } from '../partitions/domain/ownership';
import { heartbeat, leave } from '../partitions/store/replicas';
import { runLane, type LaneContext } from './lane';

const HEARTBEAT_MS = 500;
/**
 * A replica silent for this long is taken for dead: with the heartbeat and the reading, its partitions move within 5 s.
 */
const REPLICA_TTL_MS = 2_500;

/** What the sharing of partitions needs. */
export interface LanesContext extends LaneContext {
  /** Unique to this process. */
  readonly replica: string;
}

interface RunningLane {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Runs the lanes of the partitions that are this replica's share, and follows as replicas come and go. When the
 * database cannot be reached the lanes stay: they wait by themselves, and the cursor keeps two owners from harm.
 */
export class Lanes {
  readonly #lanes = new Map<number, RunningLane>();
  readonly #stopping = new Set<Promise<void>>();
  readonly #db: Db;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #beat: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly context: LanesContext) {
    this.#db = context.mongo.db;
    this.#logger = context.logger;
  }

  /** The partitions whose lanes run here. */
  get owned(): readonly number[] {
    return [...this.#lanes.keys()].sort((a, b) => a - b);
  }

  /** Resolves when this replica's first share of the lanes runs. */
  async start(): Promise<void> {
    await this.#share();
    this.#schedule();
  }

  /** Finishes the chunks under way, then tells the others to take over. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#beat;
    for (const partition of this.#lanes.keys()) this.#stop(partition);
    await Promise.all(this.#stopping);
    await leave(this.#db, this.context.replica).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'could not leave; the others will notice');
    });
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#beat = this.#share()
        .catch((error: unknown) => {
          this.#logger.warn({ err: error }, 'heartbeat failed; keeping the lanes there are');
        })
        .finally(() => {
          if (!this.#closed) this.#schedule();
        });
    }, HEARTBEAT_MS);
  }

  async #share(): Promise<void> {
    const { replica, partitionCount } = this.context;
    const replicas = await heartbeat(this.#db, replica, REPLICA_TTL_MS);
    const share = new Set(ownedPartitions(replica, replicas, partitionCount));
    const before = this.owned.join();
    for (const partition of this.#lanes.keys()) if (!share.has(partition)) this.#stop(partition);
    for (const partition of share) if (!this.#lanes.has(partition)) this.#run(partition);
    if (this.owned.join() !== before) {
      this.#logger.info({ partitions: this.owned, replicas: replicas.length }, 'lanes shared anew');
    }
  }

  #run(partition: number): void {
    const stop = new AbortController();
    const ended = runLane(this.context, partition, stop.signal);
    this.#lanes.set(partition, { stop, ended });
  }

  #stop(partition: number): void {
    const lane = this.#lanes.get(partition);
    if (lane === undefined) return;
    this.#lanes.delete(partition);
    lane.stop.abort();
    const ended = lane.ended.finally(() => this.#stopping.delete(ended));
    this.#stopping.add(ended);
  }
}
