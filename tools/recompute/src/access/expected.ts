import type { RawEvents } from '../charges/usage';
import { Agreement } from '../facts/agreement';
import type { AccessBook, FeatureBook, History } from '../history';
import {
  compare,
  decimalText,
  greatest,
  least,
  minus,
  plus,
  rational,
  sumOf,
  ZERO,
  type Rational,
} from '../rational';

interface Reservation {
  readonly book: Extract<AccessBook, { kind: 'reserve' }>;
  readonly expireMs: number;
  state: 'OPEN' | 'SETTLED' | 'RELEASED';
  settled?: Extract<AccessBook, { kind: 'settle' }>;
}

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** What each access must be answered, in their order: one caller after the other. */
export function expectedAccesses(history: History, events: RawEvents): string[] {
  const reservations = new Map<string, Reservation>();
  return (history.accesses ?? []).map((access) => {
    const ledger = new Ledger(history, events, [...reservations.values()], access);
    switch (access.kind) {
      case 'check':
        return ledger.answer(access.quantity === undefined ? undefined : rational(access.quantity));
      case 'reserve': {
        const answer = ledger.answer(rational(access.quantity));
        if (!answer.startsWith('allowed')) return `refused: ${answer}`;
        const expireMs = ledger.nowMs + access.lifetimeMs;
        const made: Reservation = { book: access, expireMs, state: 'OPEN' };
        reservations.set(access.name, made);
        const after = new Ledger(history, events, [...reservations.values()], access);
        return `reserved: ${after.figures()}`;
      }
      case 'settle':
      case 'release': {
        const reservation = reservations.get(access.name);
        if (reservation === undefined) return 'nothing was reserved';
        return endedBy(reservation, access, ledger.nowMs);
      }
    }
  });
}

/** What was used was used, also after it has expired; what has expired is not given back any more. */
function endedBy(
  reservation: Reservation,
  access: Extract<AccessBook, { kind: 'settle' | 'release' }>,
  nowMs: number,
): string {
  if (access.kind === 'settle') {
    reservation.state = 'SETTLED';
    reservation.settled = access;
    return `SETTLED ${access.quantity}`;
  }
  if (nowMs >= reservation.expireMs) return 'EXPIRED';
  reservation.state = 'RELEASED';
  return 'RELEASED';
}

/** What an account has used of a feature when it asks. */
class Ledger {
  readonly nowMs: number;
  readonly #feature: FeatureBook;
  readonly #agreement: Agreement;
  readonly #own: readonly Reservation[];
  /** Events of this step and later ones are not known. */
  readonly #beforeStep: number;

  constructor(
    history: History,
    readonly events: RawEvents,
    reservations: readonly Reservation[],
    readonly access: AccessBook,
  ) {
    const { step, account, feature: code, after } = access;
    const feature = history.features?.find((each) => each.code === code);
    const book = history.subscriptions.find((each) => each.account === account);
    if (feature === undefined || book === undefined) throw new Error('It is granted to nobody.');
    this.nowMs = history.stepsMs[step] ?? 0;
    this.#feature = feature;
    this.#agreement = new Agreement(book, step, history.stepsMs, []);
    this.#own = reservations.filter((each) => {
      return each.book.account === account && each.book.feature === code;
    });
    this.#beforeStep = after ? step + 1 : step;
  }

  /** Whether so much more may be used; undefined: whether anything may. */
  answer(quantity: Rational | undefined): string {
    const { used, limit } = this.#standing();
    const fits = (most: Rational) =>
      quantity === undefined ? compare(used, most) < 0 : compare(plus(used, quantity), most) <= 0;
    const most = plus(limit, rational(this.#feature.grace ?? '0'));
    const reason = fits(limit) ? 'WITHIN_LIMIT' : fits(most) ? 'WITHIN_GRACE' : 'LIMIT_REACHED';
    const allowed = reason === 'LIMIT_REACHED' ? 'denied' : 'allowed';
    return `${allowed}, ${reason}: ${this.figures()}`;
  }

  figures(): string {
    const { used, limit, rolledOver, endMs } = this.#standing();
    const reserved = this.#reserved();
    const remaining = greatest(minus(limit, used), ZERO);
    return [
      `${decimalText(used)} used of ${decimalText(limit)}`,
      `${decimalText(reserved)} reserved, ${decimalText(rolledOver)} rolled over`,
      `${decimalText(remaining)} remaining until ${endMs}`,
    ].join(', ');
  }

  #standing() {
    const { cycles } = this.#agreement;
    const present = cycles.at(this.nowMs);
    const rolledOver = this.#rolledOver(present);
    const cycle = cycles.cycle(present);
    const used = plus(this.#usedIn(cycle), this.#reserved());
    const limit = plus(rational(this.#feature.limit), rolledOver);
    return { used, limit, rolledOver, endMs: cycle.endMs };
  }

  /** Unit by unit, cycle by cycle: what was carried into each is used first, the oldest first. */
  #rolledOver(present: number): Rational {
    const { limit, rolloverPeriods, rolloverMaximum } = this.#feature;
    let left: { readonly cycle: number; readonly units: Rational }[] = [];
    for (let number = 0; ; number += 1) {
      left = left.filter(({ cycle }) => number - cycle <= rolloverPeriods);
      let tooMuch = minus(
        sumOf(left.map(({ units }) => units)),
        rational(rolloverMaximum ?? '999999999'),
      );
      left = left.map(({ cycle, units }) => {
        const lost = least(units, greatest(tooMuch, ZERO));
        tooMuch = minus(tooMuch, lost);
        return { cycle, units: minus(units, lost) };
      });
      if (number === present) return sumOf(left.map(({ units }) => units));
      let open = this.#usedIn(this.#agreement.cycles.cycle(number));
      left = [...left, { cycle: number, units: rational(limit) }].map(({ cycle, units }) => {
        const taken = least(units, open);
        open = minus(open, taken);
        return { cycle, units: minus(units, taken) };
      });
    }
  }

  #reserved(): Rational {
    const open = this.#own.filter(({ state, expireMs }) => {
      return state === 'OPEN' && this.nowMs < expireMs;
    });
    return sumOf(open.map(({ book }) => rational(book.quantity)));
  }

  /** What metering has counted, and what was settled until it has the event. */
  #usedIn({ startMs, endMs }: Span): Rational {
    const { account } = this.access;
    const span = { startMs, endMs: Math.min(endMs, this.nowMs) };
    const { quantity } = this.events.count(account, this.#feature.usage, span, this.#beforeStep);
    const waiting = this.#own.flatMap(({ settled }) => {
      if (settled === undefined || settled.atMs < startMs || settled.atMs >= endMs) return [];
      return this.events.isKnown(account, settled.key, this.#beforeStep)
        ? []
        : [rational(settled.quantity)];
    });
    return plus(quantity, sumOf(waiting));
  }
}
