import type { Period } from '@billingrails/time';
import { DAY_MS } from '../../domain/hours';
import { coverOf, joinPeriods, type DayHours, type UsageCover } from './usage-cover';

/** The days [fromDay, toDay); none where they are equal. */
export interface DayRange {
  readonly fromDay: number;
  readonly toDay: number;
}

/** What must be read to know the usage of some periods. */
export interface UsageNeeds {
  /** Days whose totals may be needed; empty when none is. */
  readonly totals: DayRange;
  /** The same days in pieces of which each is whole in one period. */
  readonly pieces: readonly DayRange[];
  /** Days of whose totals only the last with usage is needed, of each account and group. */
  readonly last: DayRange;
  /** Days whose hours are needed, ascending. */
  readonly hourDays: readonly number[];
  /** Where the events themselves are needed; in order, apart from each other. */
  readonly raw: readonly Period[];
}

/** The hours of a day that belong to a period. */
interface HourShare extends DayHours {
  readonly index: number;
}

/** Finds which of some periods days, hours and events belong to. The periods must be in order and must not overlap. */
export class UsageCuts {
  readonly #covers: readonly UsageCover[];

  /** With `firstByLast`, of the first period only what is last in it is asked for. */
  constructor(
    readonly periods: readonly Period[],
    private readonly firstByLast = false,
  ) {
    this.#covers = periods.map(coverOf);
  }

  get needs(): UsageNeeds {
    const covers = this.#covers.slice(this.firstByLast ? 1 : 0);
    const days = covers.filter(({ fromDay, toDay }) => fromDay < toDay);
    const hourDays = this.#covers.flatMap(({ hours }) => hours.map(({ day }) => day));
    return {
      totals: { fromDay: days.at(0)?.fromDay ?? 0, toDay: days.at(-1)?.toDay ?? 0 },
      pieces: days.map(({ fromDay, toDay }) => ({ fromDay, toDay })),
      last: (this.firstByLast ? this.#covers[0] : undefined) ?? NO_DAYS,
      hourDays: [...new Set(hourDays)],
      raw: joinPeriods(this.#covers.flatMap(({ raw }) => raw)),
    };
  }

  /** The period that the whole day lies in and is known by its total. */
  ofDay(day: number): number | undefined {
    const index = this.ofInstant(day * DAY_MS);
    const cover = this.#covers[index];
    return cover !== undefined && day >= cover.fromDay && day < cover.toDay ? index : undefined;
  }

  /** The periods that begin or end in the day, with the whole hours that they have of it. */
  ofHours(day: number): HourShare[] {
    const shares: HourShare[] = [];
    const endMs = (day + 1) * DAY_MS;
    const first = this.ofInstant(day * DAY_MS);
    for (let index = first; (this.periods[index]?.startMs ?? endMs) < endMs; index += 1) {
      const hours = this.#covers[index]?.hours ?? [];
      shares.push(...hours.filter((own) => own.day === day).map((own) => ({ ...own, index })));
    }
    return shares;
  }

  /** The first period that ends after an instant. */
  ofInstant(instantMs: number): number {
    let low = 0;
    let high = this.periods.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.periods[middle]?.endMs ?? Infinity) <= instantMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const NO_DAYS: DayRange = { fromDay: 0, toDay: 0 };
