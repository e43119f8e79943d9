import { precondition } from '@billingrails/errors';
import type { AccountId, FeatureId, ReservationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';

/** A quantity of a metered feature that is kept for an account. */
export interface Reservation {
  readonly id: ReservationId;
  readonly accountId: AccountId;
  readonly featureId: FeatureId;
  readonly featureCode: string;
  readonly quantity: Decimal;
  /** By the organisation's clock. */
  readonly createMs: number;
  readonly expireMs: number;
  /** How it ended by a call. Unset: it is open until it expires. */
  readonly end?: Settlement | Release;
}

/** How a reservation was used. */
export interface Settlement {
  readonly kind: 'settled';
  readonly quantity: Decimal;
  /** The key of the event that reports it. */
  readonly key: string;
  /** When it was used. */
  readonly eventMs: number;
}

interface Release {
  readonly kind: 'released';
}

/** A settlement as it was asked for. */
export interface SettlementDraft {
  /** Unset: what was reserved. */
  readonly quantity?: Decimal;
  readonly key: string;
  /** Unset: the organisation's present. */
  readonly eventMs?: number;
}

/** What became of a reservation by now. */
export type ReservationState = 'open' | 'settled' | 'released' | 'expired';

export function stateOf({ end, expireMs }: Reservation, nowMs: number): ReservationState {
  return end?.kind ?? (nowMs < expireMs ? 'open' : 'expired');
}

/**
 * The settled reservation; itself where it was settled the same already. Also one that has expired: what was used was
 * used. Throws a DomainError of kind precondition where it ended otherwise.
 */
export function settle(
  reservation: Reservation,
  { quantity = reservation.quantity, key, eventMs }: SettlementDraft,
  nowMs: number,
): Reservation {
  const { end } = reservation;
  if (end === undefined)
    return { ...reservation, end: { kind: 'settled', quantity, key, eventMs: eventMs ?? nowMs } };
  const isSame =
    end.kind === 'settled' &&
    end.quantity.eq(quantity) &&
    end.key === key &&
    (eventMs === undefined || end.eventMs === eventMs);
  if (isSame) return reservation;
  throw ended(reservation, nowMs);
}

/**
 * The released reservation; itself where it was released already, or has expired. Throws a DomainError of kind
 * precondition where it was settled.
 */
export function release(reservation: Reservation, nowMs: number): Reservation {
  switch (stateOf(reservation, nowMs)) {
    case 'open':
      return { ...reservation, end: { kind: 'released' } };
    case 'released':
    case 'expired':
      return reservation;
    case 'settled':
      throw ended(reservation, nowMs);
  }
}

function ended(reservation: Reservation, nowMs: number): Error {
  const state = stateOf(reservation, nowMs);
  return precondition('RESERVATION_ENDED', `The reservation was ${state} before.`, [
    { field: 'reservation_id', description: `names a reservation that was ${state}` },
  ]);
}
