import { unavailable, type ReasonOf } from '@billingrails/errors';
import { sizeOfCorrections } from './corrections';
import type { CorrectionsByPartition } from './corrections';
import { sizeOf } from './envelopes';
import type { EntriesByPartition } from './envelopes';

/** Whom a request is held for. */
export interface Caller {
  /** Aborts when the caller left or its deadline passed. */
  readonly signal: { readonly aborted: boolean };
  /** How long the caller still waits; undefined: it did not say. */
  readonly remainingMs: number | undefined;
}

/** What a request brings: events or corrections, by the partition they go to. */
export interface RequestContent {
  readonly events: EntriesByPartition;
  readonly corrections: CorrectionsByPartition;
}

/** Sequence of the commit in each partition that the request's content went to. */
export type CommittedSequences = ReadonlyMap<number, number>;

const RETRY_AFTER_MS = 1_000;

/** A request that waits for its commit. It is answered once; what comes later is ignored. */
export class PendingRequest {
  readonly bytes: number;
  /** Whether it was ever part of a commit: then it may be stored, even if no acknowledgement came. */
  attempted = false;
  #answered = false;

  constructor(
    readonly content: RequestContent,
    private readonly signal: Caller['signal'],
    /** By the steady clock: when it is answered at the latest, whatever the broker does. */
    readonly answerByMs: number,
    private readonly resolve: (sequences: CommittedSequences) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.bytes = sizeOf(content.events) + sizeOfCorrections(content.corrections);
  }

  get isAnswered(): boolean {
    return this.#answered;
  }

  /** Whether there is no longer anybody to publish it for. */
  isOver(nowMs: number): boolean {
    return this.signal.aborted || nowMs >= this.answerByMs;
  }

  /** The events are durable. */
  succeed(sequences: CommittedSequences): void {
    this.#answered = true;
    this.resolve(sequences);
  }

  /** The events are not, as far as is known. */
  fail(error: unknown): void {
    this.#answered = true;
    this.reject(error);
  }

  /** Time is up. */
  expire(): void {
    const [reason, outcome]: [ReasonOf<'unavailable'>, string] = this.attempted
      ? ['OUTCOME_UNKNOWN', 'The broker did not confirm the events in time; they may be stored.']
      : [
          'BROKER_UNAVAILABLE',
          'The broker could not take the events in time; they are not stored.',
        ];
    const message = `${outcome} Retry with the same idempotency keys: what is stored counts once.`;
    this.fail(unavailable(reason, message, RETRY_AFTER_MS));
  }
}
