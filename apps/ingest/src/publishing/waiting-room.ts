import { exhausted } from '@billingrails/errors';
import type { PendingRequest } from './pending-request';

/** What ingest holds at most while the broker is slower than its callers. */
export interface WaitingLimits {
  readonly requestsMax: number;
  readonly bytesMax: number;
}

const RETRY_AFTER_MS = 500;

/**
 * The requests that are held: those that queue for a commit and those that are in one. Bounded in number and bytes;
 * who comes when it is full is refused at once, so memory stays bounded and callers learn to slow down.
 */
export class WaitingRoom {
  #queue: PendingRequest[] = [];
  readonly #held = new Set<PendingRequest>();
  #bytes = 0;

  constructor(private readonly limits: WaitingLimits) {}

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Takes the request in, last in the queue. Throws DomainError exhausted when there is no room. */
  admit(request: PendingRequest): void {
    const { requestsMax, bytesMax } = this.limits;
    if (this.#held.size >= requestsMax || this.#bytes + request.bytes > bytesMax)
      throw exhausted(
        'INGEST_BUSY',
        'More events are waiting to be stored than ingest holds. Nothing was stored; retry more slowly.',
        RETRY_AFTER_MS,
      );
    this.#held.add(request);
    this.#bytes += request.bytes;
    this.#queue.push(request);
  }

  /** Takes requests off the queue's front: at least one if there is any, then as many as `bytesMax` allows. */
  takeGroup(bytesMax: number): PendingRequest[] {
    let bytes = 0;
    let count = 0;
    for (const request of this.#queue) {
      if (count > 0 && bytes + request.bytes > bytesMax) break;
      bytes += request.bytes;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  /** Puts unanswered requests of a failed commit back where they were: before all others. */
  putBack(requests: readonly PendingRequest[]): void {
    this.#queue = [...requests.filter((request) => !request.isAnswered), ...this.#queue];
  }

  /** Lets an answered request go. */
  release(request: PendingRequest): void {
    if (this.#held.delete(request)) this.#bytes -= request.bytes;
  }

  /** Answers and lets go whoever's time is up, in the queue or in a commit. */
  expire(nowMs: number): void {
    let expired = 0;
    for (const request of this.#held) {
      if (!request.isOver(nowMs)) continue;
      request.expire();
      this.release(request);
      expired += 1;
    }
    if (expired > 0) this.#queue = this.#queue.filter((request) => !request.isAnswered);
  }
}
