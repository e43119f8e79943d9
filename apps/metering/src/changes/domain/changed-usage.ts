import type { AccountId, MeterId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import { dayOf, MINUTE_MS } from '../../domain/hours';
import type { CountedEvents, CountedUsage } from './counted-usage';

/**
 * What happened less than this before it is counted is not told: nobody takes usage of the last hour for final, as
 * billing's grace is an hour at the least. Less than an hour, so that the clocks of who tells and who hears it may
 * differ.
 */
export const FRESH_MS = 50 * MINUTE_MS;

/** An account's list has at most so many spans; of more, one for all. */
const SPANS_MAX = 366;

/** Where the usage of an account has changed: in order, without overlap, at most one a UTC day. */
export interface ChangedAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly spans: readonly Period[];
}

/** A span in which the usage of every account by a meter has changed. */
export interface ChangedMeter {
  readonly organisationId: OrganisationId;
  readonly meterId: MeterId;
  readonly span: Period;
}

/** What of the events of a transaction is to be told. */
export class ChangedUsage {
  readonly #days = new ChangedDays();
  readonly #freshMs: number;

  /** Of events of any age it is gathered in `counted` whose they are. */
  constructor(
    nowMs: number,
    private readonly counted: CountedUsage,
  ) {
    this.#freshMs = nowMs - FRESH_MS;
  }

  /** Usage has changed by events of an account from the first to the last of these instants. */
  add(events: CountedEvents, firstMs: number, lastMs = firstMs): void {
    this.counted.add(events);
    const { organisationId, accountId } = events;
    if (firstMs >= this.#freshMs) return;
    this.#days.add(organisationId, accountId, { startMs: firstMs, endMs: lastMs + 1 });
  }

  get accounts(): ChangedAccount[] {
    return this.#days.accounts;
  }
}

/** Changes that are told together: those of an account become one. */
export function joinChanges(changes: readonly ChangedAccount[]): ChangedAccount[] {
  const days = new ChangedDays();
  for (const { organisationId, accountId, spans } of changes)
    for (const span of spans) days.add(organisationId, accountId, span);
  return days.accounts;
}

/** Spans by account and by the UTC day that they begin in. */
class ChangedDays {
  readonly #byAccount = new Map<string, ChangedAccount & { readonly days: Map<number, Period> }>();

  add(organisationId: OrganisationId, accountId: AccountId, span: Period): void {
    const key = `${organisationId}/${accountId}`;
    const account = this.#byAccount.get(key) ?? {
      ...{ organisationId, accountId, spans: [] },
      days: new Map<number, Period>(),
    };
    this.#byAccount.set(key, account);
    const day = dayOf(span.startMs);
    account.days.set(day, hullOf(account.days.get(day) ?? span, span));
  }

  get accounts(): ChangedAccount[] {
    return [...this.#byAccount.values()].map(({ organisationId, accountId, days }) => ({
      ...{ organisationId, accountId },
      spans: bounded([...days.values()].sort((a, b) => a.startMs - b.startMs)),
    }));
  }
}

function bounded(spans: readonly Period[]): readonly Period[] {
  // One that stands for many may reach over those behind it.
  const isApart = spans.every(
    ({ startMs }, index) => startMs >= (spans[index - 1]?.endMs ?? startMs),
  );
  return isApart && spans.length <= SPANS_MAX ? spans : [spans.reduce(hullOf)];
}

function hullOf(a: Period, b: Period): Period {
  return { startMs: Math.min(a.startMs, b.startMs), endMs: Math.max(a.endMs, b.endMs) };
}
