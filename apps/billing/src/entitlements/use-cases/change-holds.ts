import { DomainError, notFound } from '@billingrails/errors';
import type { ReservationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { earlierAnswers, inTransaction, keepAnswers, type RequestKey } from '@billingrails/mongo';
import { backOffMs, rest } from '@billingrails/waits';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { decideAccess, type AccessDecision } from '../domain/access-decision';
import type { AccessStop } from '../../accounts/domain/account';
import { withinBudgets } from '../domain/budget-stop';
import type { Feature } from '../domain/feature';
import {
  changed,
  HOLDS_MAX,
  pruned,
  type HoldChange,
  type Holds,
  type KnownEvents,
} from '../domain/holds';
import { release, settle, type Reservation, type SettlementDraft } from '../domain/reservation';
import type { HoldsKey } from '../store/holds';
import {
  grantedTo,
  meteredUse,
  NOTHING_METERED,
  presentAccount,
  presentOf,
  tooManyWaiting,
  usedOf,
  type Granted,
  type MeteredUse,
} from './access-reading';

/** What a caller wants to change. */
export type HoldCommand = {
  readonly request: RequestKey;
  /** The answer to the caller, of which the first is kept. */
  readonly answer: (outcome: HoldOutcome) => Uint8Array;
} & (
  | {
      readonly kind: 'reserve';
      readonly feature: Feature;
      readonly quantity: Decimal;
      readonly lifetimeMs: number;
      readonly consistencyToken: string;
    }
  | { readonly kind: 'settle'; readonly id: ReservationId; readonly draft: SettlementDraft }
  | { readonly kind: 'release'; readonly id: ReservationId }
);

/** What came of it. */
export interface HoldOutcome {
  /** Unset: nothing was reserved. */
  readonly reservation?: Reservation;
  /** Of a command to reserve: what decided. */
  readonly access?: AccessDecision;
  readonly nowMs: number;
}

/** What commands are decided by, read before the transaction that does them. */
interface Reading {
  readonly nowMs: number;
  readonly holds: Holds;
  readonly granted: Granted;
  readonly metered: MeteredUse;
  /** Budgets of the account that were reached. */
  readonly stops?: readonly AccessStop[];
}

/** Others have changed what is held since it was read: what was metered then does not fit to it. */
class HoldsMovedError extends Error {
  override readonly name = 'HoldsMovedError';
}

const RETRY = { firstMs: 2, maxMs: 100, factor: 2 };
const ZERO = decimal(0n);

/**
 * Does commands about one feature of an account in their order, all in one transaction, and answers each: with what was
 * answered before where it is a repetition. What is held was not changed by anyone between its reading, that of the
 * metered usage after it, and the commit; so of callers at the same time, on any replica, each is decided by all that
 * others were granted before.
 */
export async function changeHolds(
  parts: ServiceParts,
  key: HoldsKey,
  commands: readonly HoldCommand[],
): Promise<(Uint8Array | Error)[]> {
  for (let attempt = 1; ; attempt += 1) {
    const reading = await read(parts, key, commands);
    try {
      return await inTransaction(parts.mongo, (session) =>
        apply(parts, session, key, commands, reading),
      );
    } catch (error) {
      if (!(error instanceof HoldsMovedError)) throw error;
    }
    // So that replicas who collided do not collide again.
    await rest(backOffMs(RETRY, attempt) * Math.random());
  }
}

async function read(
  parts: ServiceParts,
  key: HoldsKey,
  commands: readonly HoldCommand[],
): Promise<Reading> {
  const { organisationId, accountId, featureId } = key;
  // First what is held: what is settled after that is not asked for, and then it must not have been settled.
  const holds = await parts.holds.find(key);
  const [reserve] = commands.flatMap((command) => (command.kind === 'reserve' ? command : []));
  if (reserve === undefined) {
    const { nowMs } = await parts.clocks.presentOf(organisationId, accountId);
    const known = await forgettable(parts, key, holds);
    const metered = { ...NOTHING_METERED, known: new Map([[featureId, known]]) };
    return { nowMs, holds, granted: new Map(), metered };
  }
  const { feature, consistencyToken } = reserve;
  return parts.knownAccounts.use(organisationId, accountId, async (known) => {
    const now = await presentOf(parts, known);
    const { nowMs } = now;
    const present = presentAccount(known, now);
    const granted = grantedTo(present, [feature]);
    const metered = await meteredUse(parts, present, {
      ...{ features: [feature], granted, holds: new Map([[featureId, holds]]), consistencyToken },
    });
    const { accessStops: stops } = known;
    return { nowMs, holds, granted, metered, ...(stops && { stops }) };
  });
}

/** Where much is held, the events that have come: of these nothing needs to be held any more. */
async function forgettable(
  { metering }: ServiceParts,
  { organisationId, accountId }: HoldsKey,
  { open, settled }: Holds,
): Promise<KnownEvents> {
  if (open.length + settled.length < HOLDS_MAX) return new Map();
  const keys = settled.slice(0, HOLDS_MAX).map(({ key }) => key);
  const of = { organisationId, accountId, asked: [], keys: [...new Set(keys)] };
  return (await metering.accountUsage({ ...of, consistencyToken: '' })).known;
}

async function apply(
  parts: ServiceParts,
  session: ClientSession,
  key: HoldsKey,
  commands: readonly HoldCommand[],
  reading: Reading,
): Promise<(Uint8Array | Error)[]> {
  const { organisationId } = key;
  const { version } = await parts.holds.find(key, session);
  if (version !== reading.holds.version) throw new HoldsMovedError();
  const requests = commands.map(({ request }) => request);
  const earlier = await earlierAnswers(parts.mongo, session, requests);
  const ids = commands.flatMap((command) => (command.kind === 'reserve' ? [] : command.id));
  const reservations = await parts.reservations.findMany(organisationId, ids, session);
  const work = new Work(parts, key, reading, reservations);
  const answered: [RequestKey, Uint8Array][] = [];
  const answers = commands.map((command) => {
    const before = earlier.get(command.request);
    if (before !== undefined) return before;
    try {
      const outcome = work.do(command);
      const answer = command.answer(outcome);
      if (outcome.reservation !== undefined) answered.push([command.request, answer]);
      return answer;
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  });
  if (work.isChanged) {
    await parts.holds.replace(key, work.holds, session);
    // Whoever knows the account from before does not know that there is something to be read.
    if (version === 0) await parts.accessVersions.raise(organisationId, key.accountId, session);
  }
  await parts.reservations.save(organisationId, work.changedReservations, session);
  await keepAnswers(parts.mongo, session, answered);
  return answers;
}

/** What is held and reserved while commands are done, one after the other. */
class Work {
  holds: Holds;
  isChanged = false;
  readonly #changed = new Map<ReservationId, Reservation>();

  constructor(
    private readonly parts: ServiceParts,
    private readonly key: HoldsKey,
    private readonly reading: Reading,
    private readonly reservations: ReadonlyMap<string, Reservation>,
  ) {
    const { holds, metered, nowMs } = reading;
    this.holds = pruned(holds, metered.known.get(key.featureId) ?? new Map(), nowMs);
  }

  get changedReservations(): Reservation[] {
    return [...this.#changed.values()];
  }

  do(command: HoldCommand): HoldOutcome {
    const { nowMs } = this.reading;
    switch (command.kind) {
      case 'reserve':
        return this.#reserve(command);
      case 'settle': {
        const before = this.#find(command.id);
        const reservation = settle(before, command.draft, nowMs);
        const { end } = reservation;
        if (reservation !== before && end?.kind === 'settled') {
          // One that is open takes no more room than before.
          if (this.holds.open.every(({ id }) => id !== command.id)) this.#checkRoom();
          this.#change(reservation, { ...end, kind: 'settle', id: command.id });
        }
        return { reservation, nowMs };
      }
      case 'release': {
        const before = this.#find(command.id);
        const reservation = release(before, nowMs);
        if (reservation !== before) this.#change(reservation, { kind: 'release', id: command.id });
        return { reservation, nowMs };
      }
    }
  }

  #reserve({
    feature,
    quantity,
    lifetimeMs,
  }: Extract<HoldCommand, { kind: 'reserve' }>): HoldOutcome {
    const { nowMs } = this.reading;
    const access = this.#decide(feature, quantity);
    if (!access.allowed) return { access, nowMs };
    this.#checkRoom();
    const id = this.parts.ids.next('rsv');
    const { accountId, featureId } = this.key;
    const expireMs = nowMs + lifetimeMs;
    const reservation: Reservation = {
      ...{ id, accountId, featureId, featureCode: feature.code, quantity },
      ...{ createMs: nowMs, expireMs },
    };
    this.#change(reservation, { kind: 'reserve', id, quantity, expireMs });
    return { reservation, access: this.#decide(feature, ZERO), nowMs };
  }

  #checkRoom(): void {
    if (this.holds.open.length + this.holds.settled.length >= HOLDS_MAX) throw tooManyWaiting();
  }

  #decide(feature: Feature, quantity: Decimal): AccessDecision {
    const { granted, metered, stops, nowMs } = this.reading;
    const used = usedOf(feature, granted, metered, this.holds, nowMs);
    const decision = decideAccess(feature.kind, used, quantity);
    return withinBudgets(decision, feature.kind, stops, nowMs);
  }

  #find(id: ReservationId): Reservation {
    const found = this.#changed.get(id) ?? this.reservations.get(id);
    if (found !== undefined) return found;
    throw notFound('RESERVATION_NOT_FOUND', 'There is no reservation of that id.');
  }

  #change(reservation: Reservation, change: HoldChange): void {
    this.#changed.set(reservation.id, reservation);
    this.holds = changed(this.holds, change);
    this.isChanged = true;
  }
}
