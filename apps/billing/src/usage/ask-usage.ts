import {
  UsageWindow,
  type QueryUsageResponse,
  type UsageGroup as UsageGroupMessage,
  type UsageRow,
  type UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { foldGroups, groupKey, type Group, type GroupUsage } from '@billingrails/rating';
import { fromTimestamp, scalarFromValue, toTimestamp } from '@billingrails/rpc';
import type { Client } from '@connectrpc/connect';
import { callOptions } from './call-options';
import { meteringError } from './metering-error';
import type {
  DailyUsage,
  GroupedUsageAnswer,
  GroupedUsagesQuestion,
  UsageAnswer,
  UsageQuestion,
  UsagesQuestion,
} from './metering';

/** The most accounts of one question. */
export const ACCOUNTS_MAX = 1_000;
/** How long a usage query may wait for acknowledged events to be counted. */
const QUERY_TIMEOUT_MS = 10_000;
/** As many groups without a price of their own as ever have a charge of their own. */
const GROUPS_KEPT = 1_000;

/** See `Metering.usages`. */
export async function wholeUsages(
  usages: Client<typeof UsageService>,
  question: UsagesQuestion,
): Promise<Map<AccountId, UsageAnswer>> {
  const answers = new Map<AccountId, UsageAnswer>();
  for await (const { rows, partial, profileVersion } of pages(usages, question))
    for (const { accountId, value, eventCount } of rows)
      answers.set(accountId as AccountId, {
        ...(value === '' ? {} : { quantity: decimal(value) }),
        ...{ eventCount, partial, profileVersion },
      });
  for (const accountId of question.accountIds) answerOf(answers, accountId);
  return answers;
}

/** See `Metering.usageByDay`. */
export async function dailyUsage(
  usages: Client<typeof UsageService>,
  { accountId, ...question }: UsageQuestion,
): Promise<DailyUsage> {
  const byDay = new Map<number, Decimal>();
  let isPartial = false;
  const asked = { ...question, accountIds: [accountId] };
  for await (const { rows, partial } of pages(usages, asked, { window: UsageWindow.DAY })) {
    isPartial ||= partial;
    for (const { startTime, value } of rows)
      if (startTime !== undefined && value !== '')
        byDay.set(fromTimestamp(startTime, 'start_time'), decimal(value));
  }
  return { byDay, partial: isPartial };
}

/** See `Metering.usagesByGroup`. */
export async function groupedUsages(
  usages: Client<typeof UsageService>,
  question: GroupedUsagesQuestion,
): Promise<Map<AccountId, GroupedUsageAnswer>> {
  const groups = new Map(question.accountIds.map((id): [AccountId, GroupUsage[]] => [id, []]));
  let partial = false;
  let version = 0;
  for await (const page of pages(usages, question, { byGroup: true })) {
    for (const row of page.rows)
      answerOf(groups, row.accountId as AccountId).push(groupUsageFromRow(row));
    // Metering tells of any number of groups, each once.
    for (const [accountId, found] of groups)
      if (found.length > 2 * GROUPS_KEPT) {
        const kept = question.keptGroups.get(accountId);
        const isKept = (group: Group) => kept?.has(groupKey(group)) === true;
        groups.set(accountId, foldGroups(found, isKept, GROUPS_KEPT));
      }
    partial ||= page.partial;
    // All pages are counted by the same versions.
    version = page.profileVersion;
  }
  const answers = [...groups].map(([accountId, found]): [AccountId, GroupedUsageAnswer] => [
    accountId,
    { groups: found, partial, profileVersion: version },
  ]);
  return new Map(answers);
}

/** Metering answers for every account that is named. */
export function answerOf<T>(answers: ReadonlyMap<AccountId, T>, accountId: AccountId): T {
  const answer = answers.get(accountId);
  assert(answer !== undefined, 'metering answers for the named accounts');
  return answer;
}

/** Which rows an account has: one for each group, or for each window. */
interface AskedRows {
  readonly byGroup: boolean;
  readonly window: UsageWindow;
}

async function* pages(
  usages: Client<typeof UsageService>,
  question: UsagesQuestion,
  rows: Partial<AskedRows> = {},
): AsyncGenerator<QueryUsageResponse> {
  for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
    const page: QueryUsageResponse = await ask(usages, question, {
      ...{ byGroup: false, window: UsageWindow.NONE, ...rows, pageToken },
    });
    yield page;
    pageToken = page.nextPageToken || undefined;
  }
}

async function ask(
  usages: Client<typeof UsageService>,
  {
    organisationId,
    accountIds,
    meterProfile,
    period,
    timeZone,
    knownMs,
    signal,
    ...waiting
  }: UsagesQuestion,
  page: AskedRows & { readonly pageToken: string },
): Promise<QueryUsageResponse> {
  const request = {
    meterId: meterProfile.meterId,
    profile: meterProfile.profile,
    accountIds: [...accountIds],
    pageSize: ACCOUNTS_MAX,
    startTime: toTimestamp(period.startMs),
    endTime: toTimestamp(period.endMs),
    timeZone,
    waitForAcknowledged: waiting.waitForAcknowledged ?? false,
    consistencyToken: waiting.consistencyToken ?? '',
    ...(knownMs === undefined ? {} : { knownAt: toTimestamp(knownMs) }),
    omitEmpty: page.window === UsageWindow.DAY,
    ...page,
  };
  try {
    return await usages.queryUsage(request, callOptions(organisationId, QUERY_TIMEOUT_MS, signal));
  } catch (error) {
    throw meteringError(error);
  }
}

/** No value (a maximum of nothing) is nothing used. */
function groupUsageFromRow({ group, value, eventCount }: UsageRow): GroupUsage {
  return {
    group: groupFromProto(group),
    ...(group === undefined ? {} : { version: group.profileVersion }),
    quantity: decimal(value || '0'),
    eventCount,
  };
}

/** A row without a group is of all together: no value tells it apart. */
function groupFromProto(group: UsageGroupMessage | undefined): Group {
  return (group?.values ?? []).map((message) => {
    const value = scalarFromValue(message);
    assert(value !== undefined, 'metering answers groups of plain values');
    return value;
  });
}
