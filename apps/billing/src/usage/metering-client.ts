import {
  AggregationMethod,
  AggregationTimeWindow,
  MeterStatus,
  type MeterProfile as MeterProfileMessage,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import {
  UsageWindow,
  type QueryUsageResponse,
  type UsageGroup as UsageGroupMessage,
  type UsageRow,
  type UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import type { MeterId, OrganisationId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { foldGroups, groupKey, type Group, type GroupUsage } from '@billingrails/rating';
import { onBehalfOf, scalarFromValue, toTimestamp } from '@billingrails/rpc';
import { Code, ConnectError, type CallOptions, type Client } from '@connectrpc/connect';
import type { Metering, UsageQuestion } from './metering';
import { meteringError } from './metering-error';
import { askTransactions } from './transactions';

/** How long a usage query may wait for acknowledged events to be counted. */
const QUERY_TIMEOUT_MS = 10_000;
/** How long it may take to be told every event of a period. */
const EXPLAIN_TIMEOUT_MS = 120_000;
/** How long looking up a meter may take. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** Speaks to metering over generated clients. */
export function createMetering(
  meters: Client<typeof MeterService>,
  usages: Client<typeof UsageService>,
): Metering {
  return {
    async findMeter(organisationId, meterId, signal) {
      const call = meters.getMeter({ meterId }, options(organisationId, LOOKUP_TIMEOUT_MS, signal));
      const { meter } = await orNothing(call);
      if (meter === undefined) return undefined;
      return {
        meterId: meter.id as MeterId,
        isArchived: meter.status === MeterStatus.ARCHIVED,
        groupByCounts: groupByCounts(meter.profiles),
        summing: summing(meter.profiles),
        defaultProfile: meter.defaultProfile,
      };
    },
    async usage(question) {
      const { rows, partial, profileVersion } = await ask(usages, question, { byGroup: false });
      const row = rows[0];
      assert(
        rows.length === 1 && row?.accountId === question.accountId,
        'metering answers one row for the named account',
      );
      const { value, eventCount } = row;
      return {
        ...(value === '' ? {} : { quantity: decimal(value) }),
        ...{ eventCount, partial, profileVersion },
      };
    },
    transactions: (question) =>
      askTransactions(
        usages,
        question,
        options(question.organisationId, EXPLAIN_TIMEOUT_MS, question.signal),
      ),
    async usageByGroup(question) {
      const { keptGroups = NO_GROUPS, ...asked } = question;
      const isKept = (group: Group) => keptGroups.has(groupKey(group));
      let groups: GroupUsage[] = [];
      let [partial, pageToken] = [false, ''];
      let profileVersion: number;
      do {
        const page = await ask(usages, asked, { byGroup: true, pageToken });
        groups.push(...page.rows.map(groupUsageFromRow));
        // Metering tells of any number of groups, each once.
        if (groups.length > 2 * GROUPS_KEPT) groups = foldGroups(groups, isKept, GROUPS_KEPT);
        partial ||= page.partial;
        // All pages are counted by the same versions.
        profileVersion = page.profileVersion;
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      return { groups, partial, profileVersion };
    },
  };
}

const NO_GROUPS: ReadonlySet<string> = new Set();
/** As many groups without a price of their own as ever have a charge of their own. */
const GROUPS_KEPT = 1_000;

async function ask(
  usages: Client<typeof UsageService>,
  { organisationId, accountId, meterProfile, period, timeZone, signal, ...waiting }: UsageQuestion,
  page: { readonly byGroup: boolean; readonly pageToken?: string },
): Promise<QueryUsageResponse> {
  const request = {
    meterId: meterProfile.meterId,
    profile: meterProfile.profile,
    accountIds: [accountId],
    startTime: toTimestamp(period.startMs),
    endTime: toTimestamp(period.endMs),
    window: UsageWindow.NONE,
    timeZone,
    waitForAcknowledged: waiting.waitForAcknowledged ?? false,
    consistencyToken: waiting.consistencyToken ?? '',
    ...page,
  };
  try {
    return await usages.queryUsage(request, options(organisationId, QUERY_TIMEOUT_MS, signal));
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

function groupByCounts(profiles: readonly MeterProfileMessage[]): Map<string, number> {
  const byVersion = [...profiles].sort((a, b) => a.version - b.version);
  return new Map(byVersion.map(({ code, groupBy }) => [code, groupBy.length]));
}

function summing(profiles: readonly MeterProfileMessage[]): Set<string> {
  const others = profiles.filter(
    ({ aggregationMethod, aggregationTimeWindow, recurring }) =>
      aggregationMethod !== AggregationMethod.SUM ||
      aggregationTimeWindow > AggregationTimeWindow.NONE ||
      recurring,
  );
  const otherCodes = new Set(others.map(({ code }) => code));
  return new Set(profiles.map(({ code }) => code).filter((code) => !otherCodes.has(code)));
}

/** The answer, or an empty one where what was asked for does not exist. */
async function orNothing<T>(call: Promise<T>): Promise<Partial<T>> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.NotFound) return {};
    throw meteringError(error);
  }
}

function options(
  organisationId: OrganisationId,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): CallOptions {
  return { ...onBehalfOf(organisationId), timeoutMs, ...(signal === undefined ? {} : { signal }) };
}
