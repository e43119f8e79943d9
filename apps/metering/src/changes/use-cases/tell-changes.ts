import { publishOnce, type Bus } from '@billingrails/bus';
import type { Mongo } from '@billingrails/mongo';
import { createHash } from 'node:crypto';
import { accountMessages, meterMessage, USAGE_CHANGED_SUBJECT } from '../contract/usage-changed';
import { joinChanges } from '../domain/changed-usage';
import {
  deleteTold,
  EVERY_PARTITION,
  untoldChanges,
  type UntoldChanges,
} from '../store/usage-changes';

/** Transactions whose changes are told together. */
const TOLD_AT_ONCE = 200;

/** Tells on stream METERING what transactions have changed in the past. */
export class ChangeTeller {
  /** The last call's: one at a time, so that each finds what the one before has told gone. */
  #last: Promise<void> = Promise.resolve();

  readonly #mongo: Mongo;
  readonly #bus: Bus;

  constructor(mongo: Mongo, bus: Bus) {
    this.#mongo = mongo;
    this.#bus = bus;
  }

  /**
   * Resolves when everything is told that was committed for these partitions, or for every one, before the call. A
   * change may be told more than once: after a crash, or where two replicas tell it.
   */
  tell(partitions: readonly number[]): Promise<void> {
    const tell = (): Promise<void> => this.#tellAll([...partitions, EVERY_PARTITION]);
    this.#last = this.#last.then(tell, tell);
    return this.#last;
  }

  async #tellAll(partitions: readonly number[]): Promise<void> {
    const { db } = this.#mongo;
    for (;;) {
      const untold = await untoldChanges(db, partitions, TOLD_AT_ONCE);
      if (untold.length === 0) return;
      for (const [n, data] of messagesOf(untold).entries()) {
        const messageId = `${nameOf(untold)}/${n}`;
        await publishOnce(this.#bus, { subject: USAGE_CHANGED_SUBJECT, data, messageId });
      }
      await deleteTold(db, untold);
      if (untold.length < TOLD_AT_ONCE) return;
    }
  }
}

function messagesOf(untold: readonly UntoldChanges[]): Uint8Array[] {
  const accounts = joinChanges(untold.flatMap((changes) => changes.accounts));
  const meters = untold.flatMap(({ meter }) => meter ?? []);
  return [...accountMessages(accounts), ...meters.map(meterMessage)];
}

/** Of the same changes the same, of others another: the stream drops what it has under the same name. */
function nameOf(untold: readonly UntoldChanges[]): string {
  const hash = createHash('sha256');
  for (const { id } of untold) hash.update(id);
  return hash.digest('base64url').slice(0, 32);
}
