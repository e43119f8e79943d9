import { assert } from '@billingrails/errors';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import { Code, ConnectError, type CallOptions } from '@connectrpc/connect';
import type { Clients } from './clients';

/** One use of a feature, from its reservation to its event. */
export interface Use {
  readonly index: number;
  readonly accountId: string;
  readonly replicas: Replicas;
  readonly random: () => number;
}

/**
 * What callers know to be used, and metering beside it: a slow and obvious account of all that must never be more than
 * the limit. It counts a reservation from its answer until its end is asked for, and what was used for ever.
 */
export class ReservationLedger {
  readonly #events = new Set<string>();
  readonly #late: (() => void)[] = [];
  #held = decimal(0n);
  #used = decimal(0n);
  /** What metering has counted. */
  metered = decimal(0n);
  granted = 0;
  refused = 0;

  constructor(
    private readonly limit: Decimal,
    /** When all events happen. */
    private readonly eventMs: number,
  ) {}

  /** What was used, whether metering has counted it or not. */
  get used(): Decimal {
    return this.#used;
  }

  known(keys: readonly string[]): Map<string, number> {
    return new Map(keys.filter((key) => this.#events.has(key)).map((key) => [key, this.eventMs]));
  }

  /** Reserves, and then uses it, gives it back, or forgets it. */
  async live({ index, accountId, replicas, random }: Use): Promise<void> {
    const quantity = decimal(BigInt(1 + Math.floor(random() * 900_000))).mul(decimal('0.00001'));
    const fate = random();
    const share = decimal(BigInt(Math.floor(random() * 100))).mul(decimal('0.01'));
    const { reservation } = await replicas.ask(index, ({ reservations }, options) =>
      reservations.createReservation(
        {
          ...{ accountId, featureCode: 'tokens', quantity: decimalText(quantity) },
          ...{ requestId: `use ${index}`, lifetimeMs: 60_000 },
        },
        options,
      ),
    );
    if (reservation === undefined) {
      this.refused += 1;
      return;
    }
    this.granted += 1;
    this.#hold(quantity);
    const reservationId = reservation.id;
    if (fate < 0.05) return;
    if (fate < 0.3) {
      this.#held = this.#held.sub(quantity);
      await replicas.ask(index, ({ reservations }, options) =>
        reservations.releaseReservation({ reservationId }, options),
      );
      return;
    }
    const actual = quantity.mul(share);
    const key = `event ${index}`;
    const count = () => {
      if (this.#events.has(key)) return;
      this.#events.add(key);
      this.metered = this.metered.add(actual);
    };
    // The event is counted before it is settled, after it, or much later.
    if (fate < 0.4) count();
    this.#held = this.#held.sub(quantity);
    this.#used = this.#used.add(actual);
    await replicas.ask(index, ({ reservations }, options) =>
      reservations.settleReservation(
        {
          ...{ reservationId, idempotencyKey: key, quantity: decimalText(actual) },
        },
        options,
      ),
    );
    if (fate < 0.8) count();
    else this.#late.push(count);
    if (this.#late.length > 20) this.#late.shift()?.();
  }

  #hold(quantity: Decimal): void {
    this.#held = this.#held.add(quantity);
    const all = this.#held.add(this.#used);
    assert(all.lte(this.limit), `${decimalText(all)} is not more than ${decimalText(this.limit)}`);
  }
}

/**
 * Replicas as a caller knows them: it asks one, and where that does not answer in time another, again and again, and
 * those that did not answer last.
 */
export class Replicas {
  readonly #failures = new Map<Clients, number>();

  constructor(private readonly all: readonly Clients[]) {}

  async ask<T>(
    index: number,
    ask: (clients: Clients, options: CallOptions) => Promise<T>,
  ): Promise<T> {
    for (let failures = 0; ; failures += 1) {
      const clients = this.#next(index + failures);
      try {
        return await ask(clients, { timeoutMs: ANSWER_MS });
      } catch (error) {
        if (!passing.has(ConnectError.from(error).code)) throw error;
        this.#failures.set(clients, this.#failuresOf(clients) + 1);
      }
    }
  }

  #next(index: number): Clients {
    const fewest = Math.min(...this.all.map((each) => this.#failuresOf(each)));
    const best = this.all.filter((each) => this.#failuresOf(each) === fewest);
    const next = best[index % best.length];
    assert(next !== undefined, 'there are replicas');
    return next;
  }

  #failuresOf(clients: Clients): number {
    return this.#failures.get(clients) ?? 0;
  }
}

/** How long a caller waits for one replica. */
const ANSWER_MS = 3_000;
const passing = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Aborted, Code.Canceled]);
