import {
  BATCH_MESSAGES_MAX,
  CORRECTIONS_PER_MESSAGE_MAX,
  EVENT_BATCH_BYTES_MAX,
} from '@billingrails/bus';
import type { OutgoingMessage } from '@billingrails/bus';
import { assert, DomainError } from '@billingrails/errors';
import { backOffMs } from '@billingrails/waits';
import { CORRECTION_BYTES_MIN, correctionsOf } from './corrections';
import type { CorrectionSubmission } from './corrections';
import { entriesOf } from './envelopes';
import type { EntriesByPartition, Submission } from './envelopes';
import { encodeGroup, lastSequences, sequencesOf } from './group';
import { PendingRequest } from './pending-request';
import type { Caller, CommittedSequences, RequestContent } from './pending-request';
import { WaitingRoom } from './waiting-room';
import type { WaitingLimits } from './waiting-room';

export interface GroupCommitterOptions {
  /** How many the stream has. */
  readonly partitions: number;
  /**
   * Publishes the messages, all or none, and gives the stream sequence of each when all are durable. Throws DomainError
   * unavailable when that is not known, which it must do after `timeoutMs` at the latest.
   */
  readonly commit: (
    messages: readonly OutgoingMessage[],
    timeoutMs: number,
  ) => Promise<readonly number[]>;
  /** Whether a commit can be sent at all. While it cannot, nothing is, and so it is known that nothing was stored. */
  readonly isConnected: () => boolean;
  /** Told of each commit whose outcome is not known. */
  readonly onUnavailable?: () => void;
  readonly limits: WaitingLimits;
  /** The longest that a request waits, if its caller would wait longer. */
  readonly patienceMs: number;
  /** Milliseconds from any start, never going back. */
  readonly steadyMs: () => number;
}

/** The accepted events of one request, encoded already. They are committed together or not at all. */
export interface EncodedSubmission {
  readonly entries: EntriesByPartition;
}

/** More in one commit is not faster, and would make small requests wait for it. */
const GROUP_BYTES_MAX = 8 * 1024 * 1024;
/**
 * A commit takes milliseconds, on a bad day a second. What takes longer is lost: to a broker that died, or whose
 * successor is just being elected.
 */
const COMMIT_TIMEOUT_MS = 3_000;
/** How exactly deadlines are kept. */
const EXPIRY_INTERVAL_MS = 25;
/** Time for the answer itself to arrive before the caller's deadline; less when the deadline is near. */
const ANSWER_MARGIN_MS = 100;
const RETRY = { firstMs: 25, maxMs: 500 };

/**
 * Makes events durable with few commits: while one is on its way, requests gather, and leave together in the next. So
 * the cost of a commit (a write to disk on every replica) is shared by whoever waits, without anyone waiting for others
 * to come. A request's events are in one commit, which is all or nothing.
 */
export class GroupCommitter {
  readonly #room: WaitingRoom;
  #committing = false;
  #gathering = false;
  #expiring = false;
  /** Commits that failed since the last that did not. */
  #failures = 0;
  #pausing = false;

  constructor(private readonly options: GroupCommitterOptions) {
    const fullMessagesMax =
      (2 * GROUP_BYTES_MAX) / EVENT_BATCH_BYTES_MAX +
      GROUP_BYTES_MAX / CORRECTION_BYTES_MIN / CORRECTIONS_PER_MESSAGE_MAX;
    // Of each partition there may be a message of events and one of corrections that are not full.
    const messagesMax = 2 * options.partitions + fullMessagesMax;
    assert(messagesMax <= BATCH_MESSAGES_MAX, 'a commit to all partitions fits an atomic batch');
    this.#room = new WaitingRoom(options.limits);
  }

  /**
   * Resolves when the events or corrections are durable, with the sequences that a reader must have reached to have
   * them all. Rejects with DomainError exhausted when too much is waiting or the stream is full, unavailable when
   * durability could not be confirmed before the caller's deadline or in `patienceMs`.
   */
  submit(
    submission: Submission | CorrectionSubmission | EncodedSubmission,
    caller: Caller,
  ): Promise<CommittedSequences> {
    const { partitions, patienceMs, steadyMs } = this.options;
    return new Promise((resolve, reject) => {
      const answerByMs = steadyMs() + Math.min(patienceMs, usefulMs(caller.remainingMs));
      const content = contentOf(submission, partitions);
      this.#room.admit(new PendingRequest(content, caller.signal, answerByMs, resolve, reject));
      this.#gather();
      this.#watchDeadlines();
    });
  }

  /** Commits after everything that has arrived together was admitted. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    setImmediate(() => {
      this.#gathering = false;
      this.#commitNext();
    });
  }

  /**
   * One commit at a time: the broker writes them one after the other anyway, so a second one on its way would only make
   * both smaller (measured: no faster, or slower).
   */
  #commitNext(): void {
    if (this.#committing || this.#pausing || this.#room.isEmpty) return;
    if (!this.options.isConnected()) return this.#pause();
    const group = this.#room.takeGroup(GROUP_BYTES_MAX);
    if (group.length > 0) void this.#commitGroup(group);
  }

  /** Never rejects: every outcome is the requests'. */
  async #commitGroup(group: readonly PendingRequest[]): Promise<void> {
    this.#committing = true;
    for (const request of group) request.attempted = true;
    try {
      const encoded = encodeGroup(group.map((request) => request.content));
      const committed = lastSequences(
        encoded,
        await this.options.commit(encoded.messages, COMMIT_TIMEOUT_MS),
      );
      this.#failures = 0;
      for (const request of group) {
        this.#room.release(request);
        request.succeed(sequencesOf(request.content, committed));
      }
    } catch (error) {
      this.#takeFailure(group, error);
    } finally {
      this.#committing = false;
      this.#commitNext();
    }
  }

  /**
   * What is unavailable may have been stored nevertheless. It is tried again with the same keys, as each event counts
   * once for its key; the requests' own deadlines end it. Anything else is final.
   */
  #takeFailure(group: readonly PendingRequest[], error: unknown): void {
    if (error instanceof DomainError && error.kind === 'unavailable') {
      this.options.onUnavailable?.();
      this.#room.putBack(group);
      this.#pause();
      return;
    }
    for (const request of group) {
      this.#room.release(request);
      request.fail(error);
    }
  }

  #pause(): void {
    this.#failures += 1;
    this.#pausing = true;
    setTimeout(
      () => {
        this.#pausing = false;
        this.#commitNext();
      },
      backOffMs(RETRY, this.#failures),
    );
  }

  /** One timer for all, and none while nobody waits. */
  #watchDeadlines(): void {
    if (this.#expiring) return;
    this.#expiring = true;
    setTimeout(() => {
      this.#expiring = false;
      this.#room.expire(this.options.steadyMs());
      if (!this.#room.isEmpty) this.#watchDeadlines();
    }, EXPIRY_INTERVAL_MS);
  }
}

const nothing: ReadonlyMap<number, readonly never[]> = new Map();

function contentOf(
  submission: Submission | CorrectionSubmission | EncodedSubmission,
  partitions: number,
): RequestContent {
  if ('entries' in submission) return { events: submission.entries, corrections: nothing };
  return 'corrections' in submission
    ? { events: nothing, corrections: correctionsOf(submission, partitions) }
    : { events: entriesOf(submission, partitions), corrections: nothing };
}

/** How long of the caller's time can be used, so that the answer arrives before its deadline. */
function usefulMs(remainingMs: number | undefined): number {
  if (remainingMs === undefined) return Number.POSITIVE_INFINITY;
  return remainingMs - Math.min(ANSWER_MARGIN_MS, remainingMs / 4);
}
