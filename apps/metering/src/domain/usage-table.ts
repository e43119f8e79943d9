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
} from './aggregation';
import { NO_GROUP, type Group } from './group';
import { HOUR_MS } from './hours';
import { IdSet } from './id-set';
import type { UsagePlan, VersionPlan } from './usage-plan';

/** The usage of an account, or of a group of it, in a window. */
export interface UsageRow extends Period {
  readonly accountId: AccountId;
  /** Only where rows are by group. */
  readonly group?: Group;
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
  readonly #series = new Map<AccountId, Map<Group, Series>>();

  constructor(
    private readonly plan: UsagePlan,
    private readonly byGroup: boolean,
  ) {
    this.#aggregation = aggregationOf(plan.shape.method);
    this.#isOrdered = plan.shape.method === 'time_weighted_sum';
  }

  /** Adds the total of a day, where the whole of it is in one part. */
  addTotal(
    { cuts, firstPart }: VersionPlan,
    subject: UsageSubject,
    day: number,
    total: UsageState,
  ): void {
    const index = cuts.ofDay(day);
    if (index !== undefined) this.#add(subject, firstPart + index, total);
  }

  /** Adds the hours of a day that parts begin or end in, or, of an ordered method, that is whole in one. */
  addHours(
    { cuts, firstPart }: VersionPlan,
    subject: UsageSubject,
    day: number,
    hours: ReadonlyMap<number, UsageState>,
  ): void {
    for (const { index, fromHour, toHour } of cuts.ofHours(day)) {
      for (const [hour, state] of hours) {
        if (hour >= fromHour && hour < toHour) this.#add(subject, firstPart + index, state);
      }
    }
    const whole = this.#isOrdered ? cuts.ofDay(day) : undefined;
    if (whole === undefined) return;
    for (const state of hours.values()) this.#add(subject, firstPart + whole, state);
  }

  /** Adds the distinct values, by their numbers, of a whole day, or of one hour of a day that parts begin or end in. */
  addIds(
    { cuts, firstPart }: VersionPlan,
    subject: UsageSubject,
    day: number,
    hour: number | undefined,
    ids: IdSet,
  ): void {
    if (hour === undefined) {
      const index = cuts.ofDay(day);
      if (index !== undefined) this.#cellOf(subject, firstPart + index).ids.or(ids);
      return;
    }
    for (const { index, fromHour, toHour } of cuts.ofHours(day)) {
      if (hour < fromHour || hour >= toHour) continue;
      this.#cellOf(subject, firstPart + index).ids.or(ids);
    }
  }

  /** Adds an event that the version counts. A distinct value comes as its number. */
  addEvent(
    { cuts, firstPart }: VersionPlan,
    subject: UsageSubject,
    sample: Sample,
    id?: number,
  ): void {
    const part = firstPart + cuts.ofInstant(sample.timestampMs);
    const cell = this.#cellOf(subject, part);
    if (id !== undefined) cell.ids.or(IdSet.of([id]));
    if (this.#mergeOf(part) !== undefined) {
      this.#add(subject, part, this.#aggregation.ofEvents([sample]));
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
      for (const series of groups.values()) for (const cell of series.values()) this.#settle(cell);
    }
  }

  /** Whether the account has any event in the windows, or, of a recurring profile, before them. */
  hasUsage(accountId: AccountId): boolean {
    const cells = [...(this.#series.get(accountId)?.values() ?? [])].flatMap((series) => [
      ...series.values(),
    ]);
    return cells.some((cell) => this.#stateOf(cell).eventCount > 0);
  }

  /** The groups of an account that have usage, ascending; one, without a name, where rows are not by group. */
  groupsOf(accountId: AccountId): Group[] {
    if (!this.byGroup) return [NO_GROUP];
    return [...(this.#series.get(accountId)?.keys() ?? [])].sort();
  }

  /** A row for each window of a group of the account, also for those without events. */
  rowsOf({ accountId, group }: UsageSubject): UsageRow[] {
    const all = this.#series.get(accountId);
    const series = this.byGroup
      ? [all?.get(group) ?? new Map<number, Cell>()]
      : [...(all?.values() ?? [])];
    const told = (series.length > 0 ? series : [new Map<number, Cell>()]).map((one) =>
      this.#tell(one),
    );
    return this.plan.windows.map((window, index) => {
      const ofWindow = told.flatMap((windows) => windows[index] ?? []);
      const amount = sumOf(ofWindow.map((one) => one.amount));
      return {
        accountId,
        ...(this.byGroup ? { group } : {}),
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

  #add(subject: UsageSubject, part: number, state: UsageState): void {
    const { states } = this.#cellOf(subject, part);
    const [present] = states;
    const merge = this.#mergeOf(part);
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

  #cellOf({ accountId, group }: UsageSubject, part: number): Cell {
    const groups = this.#series.get(accountId) ?? new Map<Group, Series>();
    this.#series.set(accountId, groups);
    const name = this.byGroup || this.#isOrdered ? group : NO_GROUP;
    const series = groups.get(name) ?? new Map<number, Cell>();
    groups.set(name, series);
    const cell = series.get(part) ?? { states: [], samples: new Map(), ids: new IdSet() };
    series.set(part, cell);
    return cell;
  }
}

const NO_IDS = new IdSet();

/** Undefined when none of them is an amount. */
function sumOf(amounts: readonly (Amount | undefined)[]): Amount | undefined {
  return amounts.reduce(
    (sum, amount) => (amount === undefined ? sum : (sum ?? 0n) + amount),
    undefined,
  );
}
