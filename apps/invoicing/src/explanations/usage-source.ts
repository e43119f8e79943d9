import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { GroupValue } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { LineUsage } from '../invoices/domain/invoice';

/** Which usage is asked for: that which a line prices. */
export interface UsageQuestion {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly usage: LineUsage;
  /** Of these groups alone, at most 100. Unset: of all. */
  readonly groups?: readonly (readonly GroupValue[])[];
  readonly period: Period;
  /** IANA name of the zone whose hours and days count. */
  readonly timeZone: string;
  /** As of when; in real time. Unset: now. */
  readonly knownMs?: number;
  readonly signal: AbortSignal;
}

/** What usage comes to; 0 where the aggregation has no value. */
export interface UsageSum {
  readonly quantity: Decimal;
  readonly eventCount: bigint;
}

/** What one group comes to. */
export interface GroupSum extends UsageSum {
  readonly group: readonly GroupValue[];
}

/** What a day comes to, or the part of it that lies in the line's span. */
export interface UsageDay {
  readonly period: Period;
  /** Undefined where the aggregation has no value. */
  readonly quantity?: Decimal;
  readonly eventCount: bigint;
}

/** What a group comes to on a day. */
export interface GroupDay extends UsageDay {
  readonly group: readonly GroupValue[];
}

/** An event, and what it brought. */
export interface CountedEvent {
  readonly key: string;
  readonly timeMs: number;
  /** A decimal; of distinct values the value as JSON; empty where events are counted. */
  readonly value: string;
  /** Whether it decides the quantity, as the one that has the maximum. */
  readonly deciding: boolean;
  /** Whether its value was carried into the span from before. */
  readonly carried: boolean;
  /** Unset where the profile has no groups. */
  readonly group?: { readonly values: readonly GroupValue[]; readonly profileVersion: number };
}

/** Events, and with the last of them what all come to. */
export interface EventPage {
  readonly events: readonly CountedEvent[];
  readonly sum?: UsageSum;
}

/**
 * Metering, as far as a line is explained by it. Throws a DomainError of kind unavailable when it cannot be asked just
 * now, and of kind precondition where it no longer keeps what the answer takes.
 */
export interface UsageSource {
  /** All of it together. */
  sum(question: UsageQuestion): Promise<UsageSum>;
  /** By group, in pages; of a profile without groups one, of no values. */
  groups(question: UsageQuestion): AsyncIterable<readonly GroupSum[]>;
  /** By day of the time zone, in pages: days that have events. */
  days(question: UsageQuestion): AsyncIterable<readonly UsageDay[]>;
  /** By day, in pages: every day of the span, by time; by group where groups are named. */
  groupDays(question: UsageQuestion): AsyncIterable<readonly GroupDay[]>;
  /** Event by event of one group or all, but for those of some groups, by `groupKey`. */
  events(question: UsageQuestion, except?: ReadonlySet<string>): AsyncIterable<EventPage>;
}
