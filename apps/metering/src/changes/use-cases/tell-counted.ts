import { randomUUID } from 'node:crypto';
import { publishOnce, type Bus } from '@billingrails/bus';
import { countedMessages, USAGE_COUNTED_SUBJECT } from '../contract/usage-counted';
import { CountedUsage } from '../domain/counted-usage';

/** Pairs of account and event name that are kept while they cannot be told; some 100 MB. */
const WAITING_MAX = 500_000;

/** Tells on stream USAGE whose events this process has counted. */
export class CountedTeller {
  readonly #replica = randomUUID();
  #waiting = new CountedUsage(WAITING_MAX);
  #number = 0;

  constructor(private readonly bus: Bus) {}

  /** Events that were counted, or may have been: what is told without need costs a look. */
  add(counted: CountedUsage): void {
    this.#waiting.addAll(counted);
  }

  /** Resolves when all is told that was added before. What could not be told waits for the next call. */
  async tell(): Promise<void> {
    const telling = this.#waiting;
    if (telling.isEmpty) return;
    this.#waiting = new CountedUsage(WAITING_MAX);
    try {
      for (const data of countedMessages(telling)) {
        const messageId = `${this.#replica}/${(this.#number += 1)}`;
        await publishOnce(this.bus, { subject: USAGE_COUNTED_SUBJECT, data, messageId });
      }
    } catch (error) {
      this.#waiting.addAll(telling);
      throw error;
    }
  }
}
