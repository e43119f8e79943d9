import type { ReservationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';

/** A reservation that nobody has settled or released. */
export interface OpenHold {
  readonly id: ReservationId;
  readonly quantity: Decimal;
  readonly expireMs: number;
}

/** What was settled, until its event is counted. */
export interface SettledHold {
  readonly id: ReservationId;
  /** How much was used. */
  readonly quantity: Decimal;
  /** The event that reports it. */
  readonly key: string;
  /** When it was used. */
  readonly eventMs: number;
}

/** What counts as used of one feature of an account beside what is metered. */
export interface Holds {
  /** Rises with every change; 0 before the first. */
  readonly version: number;
  readonly open: readonly OpenHold[];
  readonly settled: readonly SettledHold[];
}

/** Of an account that never reserved. */
export const NO_HOLDS: Holds = { version: 0, open: [], settled: [] };

/** The most that may be held at once for one feature of an account. */
export const HOLDS_MAX = 10_000;
/** So long what was settled counts without its event. */
const SETTLED_KEPT_MS = 30 * 24 * 60 * 60_000;

/** The events that metering has, of those asked for, and when they happened; undefined: long ago. */
export type KnownEvents = ReadonlyMap<string, number | undefined>;

/** A change of what is held. */
export type HoldChange =
  | ({ readonly kind: 'reserve' } & OpenHold)
  | ({ readonly kind: 'settle' } & SettledHold)
  | { readonly kind: 'release'; readonly id: ReservationId };

/** What is held in a period, and how much of it is reserved. */
export interface Held {
  readonly reserved: Decimal;
  readonly held: Decimal;
}

const ZERO = decimal(0n);

/**
 * What counts as used beside the metered usage of `usedPeriod`, which is the part of `period` up to the present: every
 * open reservation; and what was settled in the period whose event that usage does not count. `known` must be of the
 * moment of that usage. An event that is dated after the present is known, but not in the usage yet.
 */
export function heldIn(
  { open, settled }: Holds,
  known: KnownEvents,
  { period, usedPeriod, nowMs }: Periods,
): Held {
  const reserved = open
    .filter(({ expireMs }) => nowMs < expireMs)
    .reduce((sum, { quantity }) => sum.add(quantity), ZERO);
  const held = settled
    .filter(({ key, eventMs }) => {
      const atMs = known.get(key) ?? eventMs;
      const isCounted = known.has(key) && (known.get(key) ?? -Infinity) < usedPeriod.endMs;
      return !isCounted && period.startMs <= atMs && atMs < period.endMs;
    })
    .reduce((sum, { quantity }) => sum.add(quantity), reserved);
  return { reserved, held };
}

interface Periods {
  readonly period: Period;
  readonly usedPeriod: Period;
  readonly nowMs: number;
}

/** Without what counts no more: what has expired, and what was settled whose event is counted or never came. */
export function pruned(
  { version, open, settled }: Holds,
  known: KnownEvents,
  nowMs: number,
): Holds {
  return {
    version,
    open: open.filter(({ expireMs }) => nowMs < expireMs),
    settled: settled.filter(({ key, eventMs }) => {
      const isCounted = known.has(key) && (known.get(key) ?? -Infinity) < nowMs;
      return !isCounted && nowMs < eventMs + SETTLED_KEPT_MS;
    }),
  };
}

/** With the change. */
export function changed(holds: Holds, change: HoldChange): Holds {
  const open = holds.open.filter(({ id }) => id !== change.id);
  switch (change.kind) {
    case 'reserve': {
      const { id, quantity, expireMs } = change;
      return { ...holds, open: [...open, { id, quantity, expireMs }] };
    }
    case 'settle': {
      const { id, quantity, key, eventMs } = change;
      return { ...holds, open, settled: [...holds.settled, { id, quantity, key, eventMs }] };
    }
    case 'release':
      return { ...holds, open };
  }
}

/**
 * Whether all that was reserved before is still so. Otherwise what became of it may be in a usage that was read in
 * between, and be counted twice.
 */
export function stillOpen(before: Holds, after: Holds | undefined): boolean {
  const ids = new Set(after?.open.map(({ id }) => id));
  return before.open.every(({ id }) => ids.has(id));
}
