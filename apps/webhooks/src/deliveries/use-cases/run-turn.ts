import { assert } from '@billingrails/errors';
import { Webhook } from 'standardwebhooks';
import type { Endpoint } from '../../endpoints/domain/endpoint';
import { signingSecrets } from '../../endpoints/domain/endpoint';
import { disableEndpoint } from '../../endpoints/use-cases/disable-endpoint';
import { payloadOf } from '../../events/contract/payload';
import type { WebhookEvent } from '../../events/domain/webhook-event';
import type { Sealing } from '@billingrails/service';
import type { Answer, Connection, Sender } from '../../sending/sender';
import type { Stores } from '../../store/stores';
import type { Attempt, Delivery, Outcome } from '../domain/delivery';
import { nextTryMs, pauseMs, RETRY_MS } from '../domain/retry';
import type { Next } from '../store/deliveries';
import type { Queue } from '../domain/queue';
import type { TurnEnd } from '../store/queues';

/** What sending needs. */
export interface TurnParts {
  readonly stores: Stores;
  readonly sender: Sender;
  readonly sealing: Sealing;
  readonly limits: TurnLimits;
  /** The server's clock. */
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Called with each attempt. */
  readonly onAttempt: (outcome: Outcome) => void;
}

export interface TurnLimits {
  /** How many are under way to one endpoint at once. */
  readonly concurrency: number;
  /** After that no more is begun in a turn. */
  readonly turnMs: number;
}

/** How many are sent in one turn, and how much of events is held for it. */
const DELIVERIES_MAX = 200;
const EVENT_BYTES_MAX = 8 * 1024 ** 2;
/** So many failures in a row end a turn of an endpoint that seemed well. */
const FAILURES_MAX = 3;
/** The receiver says that it is there no longer. */
const GONE = 410;

/**
 * Sends what is due of one queue, which the caller has claimed as `owner`, and gives it back. Of an endpoint that has
 * failed one delivery is tried; when it comes through, the next turn sends as usual.
 */
export async function runTurn(parts: TurnParts, queue: Queue, owner: string): Promise<void> {
  const { stores, nowMs } = parts;
  const endpoint = await stores.endpoints.find(queue.organisationId, queue.endpointId);
  if (endpoint === undefined || endpoint.disabled !== undefined) {
    const end = { failedTurns: queue.failedTurns, recovered: false };
    await giveBack(parts, queue, owner, end, false);
    return;
  }
  const limit = queue.failedTurns > 0 ? 1 : DELIVERIES_MAX;
  const due = await stores.deliveries.due(queue, nowMs(), limit);
  const ids = due.map(({ eventId }) => eventId);
  const { events, isWhole } = await stores.events.find(queue.organisationId, ids, EVENT_BYTES_MAX);
  if (isWhole)
    for (const delivery of due)
      if (!events.has(delivery.eventId)) await stores.deliveries.giveUp(delivery);
  const turn = new Turn(parts, endpoint);
  const sent = due.flatMap((delivery) => {
    const event = events.get(delivery.eventId);
    return event === undefined ? [] : [{ delivery, event }];
  });
  await turn.send(sent);
  await endTurn(parts, queue, owner, turn);
}

async function endTurn(parts: TurnParts, queue: Queue, owner: string, turn: Turn): Promise<void> {
  const { stores, nowMs } = parts;
  const { organisationId, endpointId } = queue;
  const hasFailed = turn.failures > 0 && turn.successes === 0;
  const isUntried = turn.failures + turn.successes === 0;
  const sinceMs = hasFailed ? (queue.failingSinceMs ?? turn.startMs) : undefined;
  const tried = hasFailed ? queue.failedTurns + 1 : 0;
  const failedTurns = isUntried ? queue.failedTurns : tried;
  const since = sinceMs === undefined ? {} : { failingSinceMs: sinceMs };
  const recovered = !hasFailed && !isUntried;
  await giveBack(parts, queue, owner, { failedTurns, recovered, ...since }, true);
  const isLong = sinceMs !== undefined && nowMs() - sinceMs >= RETRY_MS;
  if (!turn.isGone && !isLong) return;
  const reason = turn.isGone ? 'gone' : 'failing';
  await disableEndpoint(stores, { organisationId, endpointId, reason, nowMs: nowMs() });
}

/** Gives the queue back with the time of what is due next, whatever is queued meanwhile. */
async function giveBack(
  { stores, nowMs, random }: TurnParts,
  queue: Queue,
  owner: string,
  end: Omit<TurnEnd, 'nextMs'>,
  isOpen: boolean,
): Promise<void> {
  const { queues, deliveries } = stores;
  const pausedMs = nowMs() + pauseMs(end.failedTurns, random());
  for (;;) {
    const queued = await queues.queuedOf(queue, owner);
    // The claim has ended, and somebody else has it.
    if (queued === undefined) return;
    const earliestMs = isOpen ? await deliveries.earliestMs(queue) : undefined;
    const paused = end.failedTurns > 0 ? pausedMs : 0;
    const next = earliestMs === undefined ? {} : { nextMs: Math.max(earliestMs, paused) };
    if (await queues.release({ ...queue, queued }, owner, { ...end, ...next })) return;
  }
}

interface Sent {
  readonly delivery: Delivery;
  readonly event: WebhookEvent;
}

/** One turn of an endpoint, with what came of it. */
class Turn {
  successes = 0;
  failures = 0;
  isGone = false;
  readonly startMs: number;
  #failuresInRow = 0;
  readonly #signers: readonly Webhook[];

  constructor(
    private readonly parts: TurnParts,
    private readonly endpoint: Endpoint,
  ) {
    this.startMs = parts.nowMs();
    this.#signers = signingSecrets(endpoint, this.startMs).map(
      ({ sealed }) => new Webhook(parts.sealing.open(sealed, endpoint.id)),
    );
    assert(this.#signers.length > 0, 'the newest secret of an endpoint signs');
  }

  /** Sends them in their order, some at once, until the turn is over. */
  async send(all: readonly Sent[]): Promise<void> {
    const { sender, limits } = this.parts;
    if (all.length === 0) return;
    const connection = sender.open();
    const waiting = all.values();
    const one = async (): Promise<void> => {
      for (const sent of waiting) {
        await this.#sendOne(connection, sent);
        if (this.#isOver()) return;
      }
    };
    try {
      const count = Math.min(limits.concurrency, all.length);
      await Promise.all(Array.from({ length: count }, one));
    } finally {
      await connection.close();
    }
  }

  #isOver(): boolean {
    const { nowMs, limits } = this.parts;
    if (this.isGone || this.#failuresInRow >= FAILURES_MAX) return true;
    return nowMs() - this.startMs >= limits.turnMs;
  }

  async #sendOne(connection: Connection, { delivery, event }: Sent): Promise<void> {
    const { stores, nowMs, onAttempt } = this.parts;
    const startMs = nowMs();
    const body = payloadOf(event, delivery.sequence, this.endpoint.payload);
    const headers = this.#headersOf(delivery, body, startMs);
    const { askedMs, ...answer } = await connection.post({ url: this.endpoint.url, headers, body });
    const attempt = { ...answer, startMs, durationMs: Math.max(0, nowMs() - startMs) };
    this.#count(attempt);
    await stores.deliveries.record(delivery, attempt, this.#nextOf(delivery, attempt, askedMs));
    onAttempt(attempt.outcome);
  }

  #headersOf({ eventId }: Delivery, body: string, atMs: number): Record<string, string> {
    const seconds = Math.floor(atMs / 1_000);
    const time = new Date(seconds * 1_000);
    return {
      'content-type': 'application/json',
      'user-agent': 'Billingrails-Webhooks/1',
      'webhook-id': eventId,
      'webhook-timestamp': String(seconds),
      'webhook-signature': this.#signers.map((one) => one.sign(eventId, time, body)).join(' '),
    };
  }

  #count({ outcome, httpStatus }: Answer): void {
    if (outcome === 'delivered') {
      this.successes += 1;
      this.#failuresInRow = 0;
    } else {
      this.failures += 1;
      this.#failuresInRow += 1;
    }
    if (httpStatus === GONE) this.isGone = true;
  }

  #nextOf({ tries, firstTryMs }: Delivery, attempt: Attempt, askedMs = 0): Next {
    if (attempt.outcome === 'delivered') return { status: 'delivered' };
    const { nowMs, random } = this.parts;
    const firstMs = firstTryMs ?? attempt.startMs;
    const failed = { tries: tries + 1, firstMs, nowMs: nowMs(), askedMs, random: random() };
    const nextMs = nextTryMs(failed);
    return nextMs === undefined ? { status: 'failed' } : { status: 'pending', nextMs };
  }
}
