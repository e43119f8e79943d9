import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { FreePart, GroupUsage, Transactions } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { Usage } from '../bills/domain/expected';
import type { MeterProfile } from '../catalogue/domain/fee';

/** What billing asks metering. Failures of the way there are DomainErrors of kind unavailable. */
export interface Metering {
  /** The meter, if there is one. */
  findMeter(
    organisationId: OrganisationId,
    meterId: string,
    signal?: AbortSignal,
  ): Promise<FoundMeter | undefined>;
  /** Resolves when all that acknowledged events of the accounts have changed in the past is told on stream METERING. */
  tellChanges(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
    signal?: AbortSignal,
  ): Promise<void>;
  /** Several usages of one account, and which of some events, and maybe others, are in them: all as of one moment. */
  readonly accountUsage: (question: AccountUsageQuestion) => Promise<AccountUsageAnswer>;
  /** The usage of all groups together. */
  readonly usage: (question: UsageQuestion) => Promise<UsageAnswer>;
  /** The usage of each UTC day that has events, by the day's first instant, of a span of whole days. */
  readonly usageByDay: (question: UsageQuestion) => Promise<DailyUsage>;
  /** The same of many accounts: each has its answer. */
  readonly usages: (question: UsagesQuestion) => Promise<ReadonlyMap<AccountId, UsageAnswer>>;
  /** What each event brought to the usage, of a profile that sums. Waits for no event: ask for the usage first. */
  readonly transactions: (question: TransactionsQuestion) => Promise<readonly Transactions[]>;
  /** The usage of each group of many accounts; of all together where the profile has no group_by. */
  readonly usagesByGroup: (
    question: GroupedUsagesQuestion,
  ) => Promise<ReadonlyMap<AccountId, GroupedUsageAnswer>>;
}

/** A meter's profiles. */
export interface FoundMeter {
  readonly meterId: MeterProfile['meterId'];
  /** Of the events that it looks at. */
  readonly eventName: string;
  /** Then nothing new may count by it. */
  readonly isArchived: boolean;
  /** How many group_by paths each profile has in its newest version, by the profile's code. */
  readonly groupByCounts: ReadonlyMap<string, number>;
  /** The codes of the profiles whose usage is the sum of what their events report, in every version. */
  readonly summing: ReadonlySet<string>;
  /** The codes of the profiles whose usage of spans that follow each other sums to that of all, in every version. */
  readonly adding: ReadonlySet<string>;
  /** The codes of those among them that add up wherever they are cut, also inside an hour, in every version. */
  readonly divisible: ReadonlySet<string>;
  readonly defaultProfile: string;
}

/** Whose usage of what in which span. */
export interface UsageQuestion {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly meterProfile: MeterProfile;
  readonly period: Period;
  /** The zone of the subscription, in whose hours or days a profile aggregates that has an aggregation_time_window. */
  readonly timeZone: string;
  /** Whether every event acknowledged before the question is counted first. */
  readonly waitForAcknowledged?: boolean;
  /** What became known later is left out. Unset: nothing is. */
  readonly knownMs?: number;
  /** From an ingest answer: its events are counted first. */
  readonly consistencyToken?: string;
  readonly signal?: AbortSignal;
}

/** Whose events one by one. */
export interface TransactionsQuestion extends UsageQuestion {
  /** What may be free of the first of them: their order is told as far as it decides that. */
  readonly free: readonly FreePart[];
}

/** What is asked of one account at once. */
export interface AccountUsageQuestion {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly asked: readonly Pick<UsageQuestion, 'meterProfile' | 'period' | 'timeZone'>[];
  /** Events by their keys, of which it is asked whether they are counted. */
  readonly keys: readonly string[];
  readonly consistencyToken: string;
  /** Whether every event acknowledged before the question is counted first. */
  readonly waitForAcknowledged?: boolean;
  /** What became known later is left out of the usages. Unset: nothing is. */
  readonly knownMs?: number;
  readonly signal?: AbortSignal;
}

/** The usages in the order asked, all groups together; and of the events those that are known, with their time. */
export interface AccountUsageAnswer {
  readonly usages: readonly UsageAnswer[];
  /** Undefined for an event of so long ago that its time is no longer kept. */
  readonly known: ReadonlyMap<string, number | undefined>;
}

/** The usage of many accounts, otherwise as of one. */
export interface UsagesQuestion extends Omit<UsageQuestion, 'accountId'> {
  /** 1 to `ACCOUNTS_MAX`, each once. */
  readonly accountIds: readonly AccountId[];
}

/** Whose usage by group. */
export interface GroupedUsagesQuestion extends UsagesQuestion {
  /** Of an account the groups, by `groupKey`, that are told by name, however small they are. */
  readonly keptGroups: ReadonlyMap<AccountId, ReadonlySet<string>>;
}

/** The usage of days, and whether events from before the profile are still being counted. */
export interface DailyUsage {
  readonly byDay: ReadonlyMap<number, Decimal>;
  readonly partial: boolean;
}

/** The usage, and whether events from before the profile are still being counted. */
export interface UsageAnswer extends Usage {
  readonly partial: boolean;
}

/** The usage of every group, and whether events from before the profile are still being counted. */
export interface GroupedUsageAnswer {
  /**
   * A group that does not name itself is of all together. Beyond many, those of the smallest quantities are `other`.
   */
  readonly groups: readonly GroupUsage[];
  readonly partial: boolean;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion: number;
}
