import type { AccountId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import {
  aggregationOf,
  amountText,
  NO_USAGE,
  type Aggregation,
  type Amount,
  type Sample,
  type UsageState,
} from '../../domain/aggregation';
import { NO_GROUP, type Group, type NamedGroup } from '../../domain/group';
import { HOUR_MS } from '../../domain/hours';
import { compareUtf8 } from '../../domain/utf8-order';
import { IdSet } from '../../unique-values/domain/id-set';
import type { UsagePlan, VersionPlan } from './usage-plan';

/** The usage of an account, or of a group of it, in a window. */
export interface UsageRow extends Period {
  readonly accountId: AccountId;
  /** Only where rows are by group. */
  readonly named?: NamedGroup;
  /** An exact decimal; empty where there is none. */
  readonly value: string;
  readonly eventCount: number;
}

/** Whose usage something is. */
export interface UsageSubject {
  readonly accountId: AccountId;
  readonly group: Group;
}

/** What is known of a part. */
interface Cell {
  readonly states: UsageState[];
  /** By hour since 1970: events that must be put in order before they are a state. */
  readonly samples: Map<number, Sample[]>;
  readonly ids: IdSet;
}

/** By part. */
type Series = Map<number, Cell>;

/** What is known of a group. */
interface GroupSeries {
  readonly named: NamedGroup;
  readonly series: Series;
}

interface Told {
  readonly amount: Amount | undefined;
  readonly eventCount: number;
}

/**
 * Accounts (or their groups) by windows, being filled from buckets and events. Give it what the plan's versions need,
 * each once; what they did not ask for does no harm.
 */
export class UsageTable {
  readonly #aggregation: Aggregation;
  /** Whether states merge only in order of time, so that those of different groups never do. */
  readonly #isOrdered: boolean;
  /** By account, then by `nameOf`. */
  readonly #series = new Map<AccountId, Map<string, GroupSeries>>();

  constructor(
    private readonly plan: UsagePlan,
    private readonly byGroup: boolean,
  ) {
    this.#aggregation = aggregationOf(plan.shape.method);
    this.#isOrdered = plan.shape.method === 'time_weighted_sum';
  }

  /** Adds the total of a day, where the whole of it is in one part. */
  addTotal(plan: VersionPlan, subject: UsageSubject, day: number, total: UsageState): void {
    const index = plan.cuts.ofDay(day);
    if (index !== undefined) this.#add(plan, subject, index, total);
  }

  /** Adds the hours of a day that parts begin or end in, or, of an ordered method, that is whole in one. */
  addHours(
    plan: VersionPlan,
    subject: UsageSubject,
    day: number,
    hours: ReadonlyMap<number, UsageState>,
  ): void {
    for (const { index, fromHour, toHour } of plan.cuts.ofHours(day)) {
      for (const [hour, state] of hours) {
        if (hour >= fromHour && hour < toHour) this.#add(plan, subject, index, state);
      }
    }
    const whole = this.#isOrdered ? plan.cuts.ofDay(day) : undefined;
    if (whole === undefined) return;
    for (const state of hours.values()) this.#add(plan, subject, whole, state);
  }

  /** Adds the distinct values, by their numbers, of a whole day, or of one hour of a day that parts begin or end in. */
  addIds(
    plan: VersionPlan,
    subject: UsageSubject,
    day: number,
    hour: number | undefined,
    ids: IdSet,
  ): void {
    if (hour === undefined) {
      const index = plan.cuts.ofDay(day);
      if (index !== undefined) this.#cellOf(plan, subject, index).ids.or(ids);
      return;
    }
    for (const { index, fromHour, toHour } of plan.cuts.ofHours(day)) {
      if (hour < fromHour || hour >= toHour) continue;
      this.#cellOf(plan, subject, index).ids.or(ids);
    }
  }

  /** Adds an event that the version counts. A distinct value comes as its number. */
  addEvent(plan: VersionPlan, subject: UsageSubject, sample: Sample, id?: number): void {
    const index = plan.cuts.ofInstant(sample.timestampMs);
    const cell = this.#cellOf(plan, subject, index);
    if (id !== undefined) cell.ids.or(IdSet.of([id]));
    if (this.#mergeOf(plan.firstPart + index) !== undefined) {
      this.#add(plan, subject, index, this.#aggregation.ofEvents([sample]));
      return;
    }
    const hour = Math.floor(sample.timestampMs / HOUR_MS);
    const ofHour = cell.samples.get(hour);
    if (ofHour === undefined) cell.samples.set(hour, [sample]);
    else ofHour.push(sample);
  }

  /** Takes events together that have all come. Call it once a stretch of whole hours has been read, to keep less. */
  settle(): void {
    if (!this.#isOrdered) return;
    for (const groups of this.#series.values()) {
      for (const { series } of groups.values()) {
        for (const cell of series.values()) this.#settle(cell);
      }
    }
  }

  /** Whether the account has any event in the windows, or, of a recurring profile, before them. */
  hasUsage(accountId: AccountId): boolean {
    const cells = [...(this.#series.get(accountId)?.values() ?? [])].flatMap(({ series }) => [
      ...series.values(),
    ]);
    return cells.some((cell) => this.#stateOf(cell).eventCount > 0);
  }

  /** What all groups of an account come to in the plan's only part. Not of levels, which are apart by group. */
  stateOf(accountId: AccountId): UsageState {
    const cell = this.#series.get(accountId)?.get(nameOf(UNNAMED))?.series.get(0);
    return cell === undefined ? NO_USAGE : this.#stateOf(cell);
  }

  /** The groups of an account that have usage, ascending by bytes; one, without a name, where rows are not by group. */
  groupsOf(accountId: AccountId): NamedGroup[] {
    if (!this.byGroup) return [UNNAMED];
    const groups = [...(this.#series.get(accountId) ?? [])];
    return groups.sort(([a], [b]) => compareUtf8(a, b)).map(([, { named }]) => named);
  }

  /** Forgets what is known of a group. */
  forget(accountId: AccountId, named: NamedGroup): void {
    this.#series.get(accountId)?.delete(nameOf(named));
  }

  /** A row for each window of a group of the account, also for those without events. */
  rowsOf(accountId: AccountId, named: NamedGroup = UNNAMED): UsageRow[] {
    const all = this.#series.get(accountId);
    const one = all?.get(nameOf(named))?.series;
    const several = this.byGroup
      ? [one ?? NO_CELLS]
      : [...(all?.values() ?? [])].map(({ series }) => series);
    const told = (several.length > 0 ? several : [NO_CELLS]).map((series) => this.#tell(series));
    return this.plan.windows.map((window, index) => {
      const ofWindow = told.flatMap((windows) => windows[index] ?? []);
      const amount = sumOf(ofWindow.map((one) => one.amount));
      return {
        accountId,
        ...(this.byGroup ? { named } : {}),
        ...window,
        value: amount === undefined ? '' : amountText(amount),
        eventCount: ofWindow.reduce((count, one) => count + one.eventCount, 0),
      };
    });
  }

  /** What each window comes to: its only part, or the sum of its parts. */
  #tell(series: Series): Told[] {
    const { shape, windows, parts } = this.plan;
    const ofWindows = windows.map(() => ({ amounts: [] as (Amount | undefined)[], eventCount: 0 }));
    let carried = NO_USAGE;
    let ids = new IdSet();
    for (const [index, { window, period }] of parts.entries()) {
      const cell = series.get(index);
      const own = cell === undefined ? NO_USAGE : this.#stateOf(cell);
      if (!shape.recurring) ids = cell?.ids ?? NO_IDS;
      else if (cell !== undefined) ids.or(cell.ids);
      const told = window === undefined ? undefined : ofWindows[window];
      if (told !== undefined) {
        const usage = { window: period, own, carried, distinctCount: ids.size };
        told.amounts.push(this.#aggregation.amount(usage));
        told.eventCount += own.eventCount;
      }
      if (shape.recurring && cell !== undefined) carried = this.#aggregation.merge([carried, own]);
    }
    return ofWindows.map(({ amounts, eventCount }) => ({
      amount: shape.timeWindow === 'none' ? amounts[0] : (sumOf(amounts) ?? 0n),
      eventCount,
    }));
  }

  #add(plan: VersionPlan, subject: UsageSubject, index: number, state: UsageState): void {
    const { states } = this.#cellOf(plan, subject, index);
    const [present] = states;
    const merge = this.#mergeOf(plan.firstPart + index);
    if (present === undefined || merge === undefined) states.push(state);
    else states[0] = merge([present, state]);
  }

  /** How states of a part merge as they come; undefined where they must be put in order first. */
  #mergeOf(part: number): Aggregation['merge'] | undefined {
    if (!this.#isOrdered) return this.#aggregation.merge;
    // Of what was before the windows, only the last level matters.
    return this.plan.parts[part]?.window === undefined ? aggregationOf('latest').merge : undefined;
  }

  #settle({ states, samples }: Cell): void {
    for (const ofHour of samples.values()) states.push(this.#aggregation.ofEvents(ofHour));
    samples.clear();
  }

  #stateOf(cell: Cell): UsageState {
    this.#settle(cell);
    return this.#aggregation.merge(cell.states);
  }

  #cellOf({ firstPart, groupVersion }: VersionPlan, subject: UsageSubject, index: number): Cell {
    const { accountId, group } = subject;
    const groups = this.#series.get(accountId) ?? new Map<string, GroupSeries>();
    this.#series.set(accountId, groups);
    const isNamed = this.byGroup || this.#isOrdered;
    const named = isNamed ? { group, version: groupVersion } : UNNAMED;
    const name = nameOf(named);
    const { series } = groups.get(name) ?? { series: new Map<number, Cell>() };
    groups.set(name, { named, series });
    const part = firstPart + index;
    const cell = series.get(part) ?? { states: [], samples: new Map(), ids: new IdSet() };
    series.set(part, cell);
    return cell;
  }
}

/** All groups together. */
const UNNAMED: NamedGroup = { group: NO_GROUP, version: 0 };

/** Tells groups apart; in order of these, they are in order of their groups. No group holds a NUL. */
function nameOf({ group, version }: NamedGroup): string {
  return `${group}\u0000${version}`;
}

const NO_CELLS: Series = new Map();
const NO_IDS = new IdSet();

/** Undefined when none of them is an amount. */
function sumOf(amounts: readonly (Amount | undefined)[]): Amount | undefined {
  return amounts.reduce(
    (sum, amount) => (amount === undefined ? sum : (sum ?? 0n) + amount),
    undefined,
  );
}
