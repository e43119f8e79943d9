import type { OrganisationId } from '@billingrails/ids';
import type { ObjectId } from 'mongodb';
import type { ClockName } from '../../clocks/domain/clock-name';
import type { Key } from '../../store/resource-collection';
import type { Subscription } from '../../subscriptions/domain/subscription';

/** What is due of a subscription. There is none where nothing will be. */
export interface DueDoc {
  _id: Key;
  /** Which scheduler bills it. Of a subscription it is the same for ever. */
  clock: ClockName;
  /** When it falls due, by the organisation's clock. */
  atTime: Date;
  /**
   * Before this real time no scheduler tries to bill it: when it falls due and the settling time is over (0 on a test
   * clock), or later while a replica has claimed it or after a failure.
   */
  dueTime: Date;
  /** How often billing it was tried. */
  attempts: number;
  /** Who owes its bill, where that may be invoiced together with others. Unset: every bill is an invoice by itself. */
  payerId?: string;
  /**
   * The organisation's time when something was last asked for that changed when it falls due: what falls due by then is
   * an invoice by itself all the same.
   */
  askedTime?: Date;
  /** Set while it waits for others of its payer; `dueTime` then keeps it out of the way. */
  isHeld?: boolean;
  /** Which claim took it last, or another id for each time that it was set. */
  claimId: ObjectId;
  /** Its account, where usage of the running cycle is watched. Unset: it is not. */
  watchedAccountId?: string;
  /** How often it was to be looked at for what was told of its usage. Unset: never. */
  lookCount?: number;
}

/** A subscription of which something is due, kept for one replica until the claim runs out. */
export interface Claim {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  /** How often billing it was tried, with this time. */
  readonly attempts: number;
  /** When it fell due, by the organisation's clock. */
  readonly atMs: number;
  /** How often it had been told to look at its usage, when it was claimed. Unset: it was not claimed. */
  readonly lookCount?: number;
  /** Equal for those that are claimed together, so that their bills are one invoice. Unset: it is one by itself. */
  readonly jointKey?: string;
}

/** How claims are made. */
export interface ClaimRules {
  /** How long a replica keeps what is due to itself. */
  readonly claimMs: number;
  /** How often a bill is tried before others of its invoice go on without it. */
  readonly joinTries: number;
}

/** The time that something falls due by, and the real one. */
export interface ClaimTime {
  readonly clock: ClockName;
  readonly presentMs: number;
  readonly nowMs: number;
}
