import {
  AggregationMethod,
  AggregationTimeWindow,
  MeterStatus,
  type MeterProfile as MeterProfileMessage,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import type { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { MeterId } from '@billingrails/ids';
import { Code, ConnectError, type Client } from '@connectrpc/connect';
import { gatheredAccountUsage } from './account-usage';
import { answerOf, dailyUsage, groupedUsages, wholeUsages } from './ask-usage';
import { callOptions } from './call-options';
import type { Metering } from './metering';
import { meteringError } from './metering-error';
import { askTransactions } from './transactions';

/** How long it may take to be told every event of a period. */
const EXPLAIN_TIMEOUT_MS = 120_000;
/** How long it may take until acknowledged events are counted, and what they changed is told. */
const TELL_TIMEOUT_MS = 10_000;
/** How long looking up a meter may take. */
const LOOKUP_TIMEOUT_MS = 5_000;

/** Speaks to metering over generated clients. */
export function createMetering(
  meters: Client<typeof MeterService>,
  usages: Client<typeof UsageService>,
): Metering {
  return {
    async findMeter(organisationId, meterId, signal) {
      const settings = callOptions(organisationId, LOOKUP_TIMEOUT_MS, signal);
      const call = meters.getMeter({ meterId }, settings);
      const { meter } = await orNothing(call);
      if (meter === undefined) return undefined;
      return {
        meterId: meter.id as MeterId,
        eventName: meter.eventName,
        isArchived: meter.status === MeterStatus.ARCHIVED,
        groupByCounts: groupByCounts(meter.profiles),
        summing: codesOf(meter.profiles, isSumming),
        adding: codesOf(meter.profiles, isAdding),
        divisible: codesOf(meter.profiles, isDivisible),
        defaultProfile: meter.defaultProfile,
      };
    },
    async tellChanges(organisationId, accountIds, signal) {
      const settings = callOptions(organisationId, TELL_TIMEOUT_MS, signal);
      try {
        await usages.tellUsageChanges({ accountIds: [...accountIds] }, settings);
      } catch (error) {
        throw meteringError(error);
      }
    },
    accountUsage: gatheredAccountUsage(usages),
    usage: async ({ accountId, ...question }) =>
      answerOf(await wholeUsages(usages, { ...question, accountIds: [accountId] }), accountId),
    usageByDay: (question) => dailyUsage(usages, question),
    usages: (question) => wholeUsages(usages, question),
    usagesByGroup: (question) => groupedUsages(usages, question),
    transactions: (question) =>
      askTransactions(
        usages,
        question,
        callOptions(question.organisationId, EXPLAIN_TIMEOUT_MS, question.signal),
      ),
  };
}

function groupByCounts(profiles: readonly MeterProfileMessage[]): Map<string, number> {
  const byVersion = [...profiles].sort((a, b) => a.version - b.version);
  return new Map(byVersion.map(({ code, groupBy }) => [code, groupBy.length]));
}

/** The codes of the profiles of which every version is so. */
function codesOf(
  profiles: readonly MeterProfileMessage[],
  is: (version: MeterProfileMessage) => boolean,
): Set<string> {
  const others = new Set(profiles.filter((version) => !is(version)).map(({ code }) => code));
  return new Set(profiles.map(({ code }) => code).filter((code) => !others.has(code)));
}

function isSumming(version: MeterProfileMessage): boolean {
  const { aggregationMethod, recurring } = version;
  return aggregationMethod === AggregationMethod.SUM && !isInParts(version) && !recurring;
}

const ADDING = new Set([
  AggregationMethod.SUM,
  AggregationMethod.COUNT,
  AggregationMethod.TIME_WEIGHTED_SUM,
]);

/** What is aggregated by hour or day is a sum of them, whatever they are. */
function isAdding(version: MeterProfileMessage): boolean {
  return ADDING.has(version.aggregationMethod) || isInParts(version);
}

/** What recurs is carried into the next span, and what is aggregated by hour or day is of whole ones. */
function isDivisible(version: MeterProfileMessage): boolean {
  return ADDING.has(version.aggregationMethod) && !isInParts(version) && !version.recurring;
}

function isInParts({ aggregationTimeWindow }: MeterProfileMessage): boolean {
  return aggregationTimeWindow > AggregationTimeWindow.NONE;
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
