import { DomainError } from '@billingrails/errors';
import { MongoServerError } from 'mongodb';

/** A lane that has begun to apply messages and is not done with them. */
export interface LaneStanding {
  readonly sinceMs: number;
  /** Why it failed the last time; "APPLYING" while it has not failed. */
  readonly reason: string;
}

const APPLYING = 'APPLYING';

/** Since when each lane of this process is at the same messages, and why. */
export class LaneProgress {
  readonly #standing = new Map<number, LaneStanding>();

  constructor(private readonly nowMs: () => number) {}

  /** By partition; none of a lane that has nothing to apply. */
  get standing(): ReadonlyMap<number, LaneStanding> {
    return this.#standing;
  }

  /** Notes that a lane begins to apply messages, or does so once more. */
  begun(partition: number): void {
    if (this.#standing.has(partition)) return;
    this.#standing.set(partition, { sinceMs: this.nowMs(), reason: APPLYING });
  }

  /** Notes that a lane failed. */
  failed(partition: number, error: unknown): void {
    const sinceMs = this.#standing.get(partition)?.sinceMs ?? this.nowMs();
    this.#standing.set(partition, { sinceMs, reason: reasonOf(error) });
  }

  /** Notes that a lane has moved on, or has ended. */
  moved(partition: number): void {
    this.#standing.delete(partition);
  }
}

/** Few and without names: "DATABASE_UNAVAILABLE", "WriteConflict", "TypeError". */
function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.reason;
  if (error instanceof MongoServerError) return error.codeName ?? `MongoDB ${String(error.code)}`;
  return error instanceof Error ? error.name : 'unknown';
}
