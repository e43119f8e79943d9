import type { AccountId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import { aggregationOf, type AggregationMethod, type Sample, type UsageState } from './aggregation';
import { DAY_MS } from './hours';
import { coverOf, joinPeriods, type UsageCover } from './usage-cover';

/** The usage of an account in a window. */
export interface UsageRow extends Period {
  readonly accountId: AccountId;
  /** An exact decimal; empty where there is none. */
  readonly value: string;
  readonly eventCount: number;
}

/** What must be read to fill a table. */
export interface UsageNeeds {
  /** Days [fromDay, toDay) whose totals may be needed; empty when none is. */
  readonly totals: { readonly fromDay: number; readonly toDay: number };
  /** Days whose hours are needed, ascending. */
  readonly hourDays: readonly number[];
  /** Where the events themselves are needed; in order, apart from each other. */
  readonly raw: readonly Period[];
}

/** What of a day belongs to a window: all of it, or the hours [fromHour, toHour). */
interface Share {
  readonly window: number;
  readonly whole: boolean;
  readonly fromHour: number;
  readonly toHour: number;
}

interface Cell {
  readonly states: UsageState[];
  readonly samples: Sample[];
  readonly values: Set<string>;
}

/**
 * Accounts by windows, being filled from buckets and events. The windows must be in order and must not overlap. Give
 * it what it `needs`, each once; what it did not ask for does no harm.
 */
export class UsageTable {
  readonly #covers: readonly UsageCover[];
  readonly #cells = new Map<AccountId, Map<number, Cell>>();

  constructor(
    private readonly method: AggregationMethod,
    private readonly windows: readonly Period[],
  ) {
    this.#covers = windows.map(coverOf);
  }

  get needs(): UsageNeeds {
    const days = this.#covers.filter(({ fromDay, toDay }) => fromDay < toDay);
    const hourDays = this.#covers.flatMap(({ hours }) => hours.map(({ day }) => day));
    return {
      totals: { fromDay: days.at(0)?.fromDay ?? 0, toDay: days.at(-1)?.toDay ?? 0 },
      hourDays: [...new Set(hourDays)],
      raw: joinPeriods(this.#covers.flatMap(({ raw }) => raw)),
    };
  }

  /** Adds the total of a day to the window that the whole day lies in, if there is one. */
  addTotal(accountId: AccountId, day: number, total: UsageState): void {
    for (const share of this.#sharesOf(day)) {
      if (share.whole) this.#cellOf(accountId, share.window).states.push(total);
    }
  }

  /** Adds the hours of a day that windows begin or end in. */
  addHours(accountId: AccountId, day: number, hours: ReadonlyMap<number, UsageState>): void {
    for (const { whole, window, fromHour, toHour } of this.#sharesOf(day)) {
      if (whole) continue;
      for (const [hour, state] of hours) {
        if (hour < fromHour || hour >= toHour) continue;
        this.#cellOf(accountId, window).states.push(state);
      }
    }
  }

  /** Adds a distinct value of a day, with the hours it was seen in as bits. */
  addValue(accountId: AccountId, day: number, value: string, hourBits: number): void {
    for (const { window, fromHour, toHour } of this.#sharesOf(day)) {
      if ((hourBits & bitsOf(fromHour, toHour)) === 0) continue;
      this.#cellOf(accountId, window).values.add(value);
    }
  }

  /** Adds an event that the profile counts. It must lie in a window's ragged edge. */
  addEvent(accountId: AccountId, sample: Sample): void {
    const window = this.#firstWindowAfter(sample.timestampMs);
    this.#cellOf(accountId, window).samples.push(sample);
  }

  /** Whether the account has any event in the windows. */
  hasEvents(accountId: AccountId): boolean {
    const cells = [...(this.#cells.get(accountId)?.values() ?? [])];
    return cells.some(
      ({ states, samples }) => samples.length > 0 || states.some((state) => state.eventCount > 0),
    );
  }

  /** A row for each window, also for those without events. */
  rowsOf(accountId: AccountId): UsageRow[] {
    const aggregation = aggregationOf(this.method);
    return this.windows.map((period, window) => {
      const cell = this.#cells.get(accountId)?.get(window) ?? NO_USAGE;
      const { states, samples, values } = cell;
      const ofValues = { ...aggregation.ofEvents([]), values };
      const state = aggregation.merge([...states, aggregation.ofEvents(samples), ofValues]);
      return {
        accountId,
        ...period,
        value: aggregation.value(state),
        eventCount: state.eventCount,
      };
    });
  }

  #sharesOf(day: number): Share[] {
    const shares: Share[] = [];
    const endMs = (day + 1) * DAY_MS;
    const first = this.#firstWindowAfter(day * DAY_MS);
    for (let window = first; (this.windows[window]?.startMs ?? endMs) < endMs; window += 1) {
      const cover = this.#covers[window];
      if (cover === undefined) continue;
      if (day >= cover.fromDay && day < cover.toDay) {
        shares.push({ window, whole: true, fromHour: 0, toHour: 24 });
      }
      for (const { fromHour, toHour } of cover.hours.filter((hours) => hours.day === day)) {
        shares.push({ window, whole: false, fromHour, toHour });
      }
    }
    return shares;
  }

  /** The first window that ends after an instant. */
  #firstWindowAfter(instantMs: number): number {
    let low = 0;
    let high = this.windows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.windows[middle]?.endMs ?? Infinity) <= instantMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #cellOf(accountId: AccountId, window: number): Cell {
    const cells = this.#cells.get(accountId) ?? new Map<number, Cell>();
    this.#cells.set(accountId, cells);
    const cell = cells.get(window) ?? { states: [], samples: [], values: new Set<string>() };
    cells.set(window, cell);
    return cell;
  }
}

const NO_USAGE: Cell = { states: [], samples: [], values: new Set() };

/** The bits of the hours [fromHour, toHour). */
function bitsOf(fromHour: number, toHour: number): number {
  return (1 << toHour) - (1 << fromHour);
}
