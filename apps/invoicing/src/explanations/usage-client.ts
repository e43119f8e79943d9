import { fromJson, toJson, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampMs, ValueSchema, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  UsageWindow,
  type ExplainedEvent,
  type QueryUsageRequestSchema,
  type UsageGroup,
  type UsageRow,
  type UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, unavailable } from '@billingrails/errors';
import { decimal } from '@billingrails/money';
import { groupKey, type GroupValue } from '@billingrails/rating';
import { onBehalfOf, toTimestamp } from '@billingrails/rpc';
import type { CallOptions, Client } from '@connectrpc/connect';
import { callFailed } from '../rpc/call-failed';
import type { CountedEvent, UsageDay, UsageQuestion, UsageSource, UsageSum } from './usage-source';

/** How long it may take to be told the usage of a line. */
const USAGE_TIMEOUT_MS = 10_000;
/** How long it may take to be told every event of it. */
const EVENTS_TIMEOUT_MS = 600_000;

/** A refusal of metering, as of events that are gone, is passed on. */
const failed = callFailed('precondition', (cause) =>
  unavailable('METERING_UNAVAILABLE', 'Usage cannot be read just now.', 1000, cause),
);

type Asked = MessageInitShape<typeof QueryUsageRequestSchema>;

/** Speaks to metering over a generated client. */
export function createUsageSource(client: Client<typeof UsageService>): UsageSource {
  async function* pages(
    question: UsageQuestion,
    asked: Asked,
  ): AsyncGenerator<readonly UsageRow[]> {
    let pageToken = '';
    do {
      const request = { ...requestOf(question), ...asked, pageToken };
      const options = optionsOf(question, USAGE_TIMEOUT_MS);
      const { rows, nextPageToken } = await client.queryUsage(request, options).catch(failed);
      yield rows;
      pageToken = nextPageToken;
    } while (pageToken !== '');
  }
  return {
    async sum(question) {
      for await (const [row] of pages(question, groupsOf(question)))
        if (row !== undefined) return sumOf(row.value, row.eventCount);
      return sumOf('', 0n);
    },
    async *groups(question) {
      for await (const rows of pages(question, { ...groupsOf(question), byGroup: true }))
        yield rows.map(({ value, eventCount, group }) => ({
          ...sumOf(value, eventCount),
          group: valuesOf(group),
        }));
    },
    async *days(question) {
      const byDay = { window: UsageWindow.DAY, omitEmpty: true } satisfies Asked;
      for await (const rows of pages(question, { ...groupsOf(question), ...byDay }))
        yield rows.map(dayOf);
    },
    async *groupDays(question) {
      const byGroup = question.groups !== undefined;
      const byDay = { window: UsageWindow.DAY, byGroup } satisfies Asked;
      for await (const rows of pages(question, { ...groupsOf(question), ...byDay }))
        yield rows.map((row) => ({ ...dayOf(row), group: valuesOf(row.group) }));
    },
    async *events(question, except = new Set()) {
      const [group] = groupsOf(question).groups;
      const { accountIds: _ids, ...asked } = requestOf(question);
      const request = {
        ...{ ...asked, accountId: question.accountId },
        ...(group === undefined ? {} : { group }),
      };
      const options = optionsOf(question, EVENTS_TIMEOUT_MS);
      try {
        for await (const { events, quantity } of client.explainUsage(request, options))
          yield {
            events: events
              .map(countedEvent)
              .filter(({ group }) => !except.has(groupKey(group?.values ?? []))),
            ...(quantity && { sum: sumOf(quantity.value, quantity.eventCount) }),
          };
      } catch (error) {
        failed(error);
      }
    },
  };
}

function requestOf({ accountId, usage, period, timeZone, knownMs }: UsageQuestion) {
  return {
    ...{ meterId: usage.meterId, profile: usage.profile, accountIds: [accountId], timeZone },
    ...{ startTime: toTimestamp(period.startMs), endTime: toTimestamp(period.endMs) },
    profileVersion: usage.profileVersion ?? 0,
    ...(knownMs === undefined ? {} : { knownAt: toTimestamp(knownMs) }),
  };
}

/** The groups alone are asked for, as if they were all. */
function groupsOf({ groups = [], usage: { groupVersion = 0 } }: UsageQuestion) {
  return {
    groups: groups.map((group) => ({
      values: group.map((value) => fromJson(ValueSchema, value)),
      profileVersion: groupVersion,
    })),
  };
}

function dayOf({ startTime, endTime, value, eventCount }: UsageRow): UsageDay {
  return {
    period: { startMs: msOf(startTime), endMs: msOf(endTime) },
    ...(value === '' ? {} : { quantity: decimal(value) }),
    eventCount,
  };
}

function optionsOf({ organisationId, signal }: UsageQuestion, timeoutMs: number): CallOptions {
  return { ...onBehalfOf(organisationId), timeoutMs, signal };
}

function sumOf(quantity: string, eventCount: bigint): UsageSum {
  return { quantity: decimal(quantity === '' ? 0n : quantity), eventCount };
}

function countedEvent(event: ExplainedEvent): CountedEvent {
  const { idempotencyKey: key, timestamp, value, deciding, carried, group } = event;
  const profileVersion = group?.profileVersion ?? 0;
  return {
    ...{ key, timeMs: msOf(timestamp), value, deciding, carried },
    ...(group === undefined ? {} : { group: { values: valuesOf(group), profileVersion } }),
  };
}

function msOf(time: Timestamp | undefined): number {
  assert(time !== undefined, 'metering says when');
  return timestampMs(time);
}

function valuesOf(group: UsageGroup | undefined): GroupValue[] {
  return (group?.values ?? []).map((value) => toJson(ValueSchema, value) as GroupValue);
}
