import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import {
  AggregationMethod,
  MeterSchema,
  MeterStatus,
  type Meter,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import {
  UsageRowSchema,
  type QueryUsageResponseSchema,
  QueryUsageRequestSchema,
  UsageService,
  UsageWindow,
  type QueryAccountUsageRequest,
  type QueryUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { notFound, unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import type { GroupValue } from '@billingrails/rating';
import { principalOf, startRpcServer, toTimestamp } from '@billingrails/rpc';
import { DAY_MS } from '@billingrails/time';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { groupValueToProto } from '../contract/group';
import { serviceAuthenticator } from './keys';

/** What every scripted meter looks at. */
export const SCRIPTED_EVENT_NAME = 'event';

/** What the scripted server answers to a usage query. */
export interface ScriptedUsage {
  /** Empty: no value. */
  readonly value: string;
  readonly eventCount?: bigint;
  readonly partial?: boolean;
  /** What is answered instead when it is asked by group. */
  readonly groups?: readonly ScriptedGroup[];
  readonly nextPageToken?: string;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
}

/** The usage of a group. */
export interface ScriptedGroup {
  /** Unset: the row is of no group. */
  readonly values?: readonly GroupValue[];
  /** The first version of the profile with these paths. */
  readonly version?: number;
  readonly value: string;
  readonly eventCount?: bigint;
}

/** The events of an account. */
export interface ScriptedEvents {
  readonly accountId: string;
  readonly eventCount: bigint;
  readonly firstEventTime: Timestamp;
  readonly lastEventTime: Timestamp;
}

/** A question as the server got it. */
export interface AskedUsage {
  readonly organisationId: OrganisationId;
  readonly request: QueryUsageRequest;
}

/**
 * A server of the metering contract whose answers a test writes. It serves the real contract over real gRPC, and shows
 * each organisation only its own meters.
 */
export interface MeteringServer {
  readonly port: number;
  /**
   * Every usage query of an organisation so far, in order. Those of others are not among them: a period that an earlier
   * test left open may be asked for at any time.
   */
  askedBy(organisationId: OrganisationId): AskedUsage[];
  /** Answers usage queries; by default there is no usage: "0". May wait. */
  usage: (asked: AskedUsage) => ScriptedUsage | Promise<ScriptedUsage>;
  /** When events of these keys happened, of those that are counted; by default none is. Asked with the usage. */
  known: (organisationId: OrganisationId, keys: readonly string[]) => ReadonlyMap<string, number>;
  /** What the single events behind the usage from an instant on report, in order; by default there are none. */
  transactions: (from: Timestamp | undefined) => readonly string[];
  /** While true every call fails as if metering could not reach its database. */
  down: boolean;
  /** Creates a meter, its first profile being the default one. */
  addMeter(organisationId: OrganisationId, meterId: string, ...profiles: string[]): Meter;
  archive(organisationId: OrganisationId, meterId: string): void;
  /** Lets an account have events. */
  addEvents(organisationId: OrganisationId, events: ScriptedEvents): void;
  stop(): Promise<void>;
}

function rowsOf(
  { value, eventCount = 0n, groups }: ScriptedUsage,
  byGroup: boolean,
): MessageInitShape<typeof UsageRowSchema>[] {
  if (!byGroup || groups === undefined) return [{ value, eventCount }];
  return groups.map(({ values, version: profileVersion = 1, ...row }) => ({
    ...row,
    ...(values === undefined
      ? {}
      : { group: { values: values.map(groupValueToProto), profileVersion } }),
  }));
}

/** Answers for each day of the question by itself. */
async function daysOf(
  { usage }: Pick<MeteringServer, 'usage'>,
  { organisationId, request }: AskedUsage,
): Promise<MessageInitShape<typeof QueryUsageResponseSchema>> {
  const rows: MessageInitShape<typeof UsageRowSchema>[] = [];
  let isPartial = false;
  const endMs = request.endTime === undefined ? 0 : timestampMs(request.endTime);
  let startMs = request.startTime === undefined ? endMs : timestampMs(request.startTime);
  for (; startMs < endMs; startMs += DAY_MS) {
    const span = {
      startTime: timestampFromMs(startMs),
      endTime: timestampFromMs(startMs + DAY_MS),
    };
    const { value, partial = false } = await usage({
      organisationId,
      request: { ...request, ...span },
    });
    isPartial ||= partial;
    for (const accountId of request.accountIds) rows.push({ accountId, ...span, value });
  }
  return { rows, partial: isPartial, profileVersion: 1 };
}

/** The questions about an account, each as it is asked of many. */
function questionsOf(request: QueryAccountUsageRequest): QueryUsageRequest[] {
  const { questions, consistencyToken, waitForAcknowledged, knownAt } = request;
  return questions.map(({ $typeName: _, accountId, ...question }) =>
    create(QueryUsageRequestSchema, {
      ...question,
      ...{ accountIds: [accountId || request.accountId], consistencyToken, waitForAcknowledged },
      ...(knownAt === undefined ? {} : { knownAt }),
    }),
  );
}

/** Lists accounts by id, and a page's token is its last one. */
function storedEvents(
  events: ReadonlyMap<OrganisationId, readonly ScriptedEvents[]>,
): Partial<ServiceImpl<typeof StoredEventService>> {
  const of = (context: HandlerContext) => events.get(principalOf(context).organisationId) ?? [];
  return {
    listEventAccounts({ pageSize, pageToken }, context) {
      const all = of(context).map(({ accountId }) => accountId);
      const left = all.sort().filter((accountId) => accountId > pageToken);
      const accountIds = left.slice(0, pageSize);
      const more = left.length > accountIds.length;
      return { accountIds, nextPageToken: more ? (accountIds.at(-1) ?? '') : '' };
    },
    summarizeEventAccounts: ({ accountIds }, context) => ({
      accounts: of(context).filter(({ accountId }) => accountIds.includes(accountId)),
    }),
  };
}

/** Starts the server on a free port. */
export async function startMeteringServer(): Promise<MeteringServer> {
  const meters = new Map<string, Meter>();
  const everAsked: AskedUsage[] = [];
  const events = new Map<OrganisationId, ScriptedEvents[]>();
  const find = (organisationId: OrganisationId, meterId: string): Meter => {
    if (state.down) throw unavailable('DATABASE_UNAVAILABLE', 'The database does not answer.', 100);
    const meter = meters.get(`${organisationId}/${meterId}`);
    if (meter === undefined) throw notFound('METER_NOT_FOUND', 'There is no meter of that id.');
    return meter;
  };
  const server = await startRpcServer({
    name: 'metering',
    host: '127.0.0.1',
    port: 0,
    services: [MeterService, StoredEventService, UsageService],
    routes: (router) => {
      router.service(StoredEventService, storedEvents(events));
      router.service(MeterService, {
        listMeters(_request, context) {
          const prefix = `${principalOf(context).organisationId}/`;
          const own = [...meters].filter(([key]) => key.startsWith(prefix));
          return { meters: own.map(([, meter]) => meter) };
        },
        getMeter: ({ meterId }, context) => ({
          meter: find(principalOf(context).organisationId, meterId),
        }),
      });
      router.service(UsageService, {
        async queryUsage(request, context) {
          const { organisationId } = principalOf(context);
          find(organisationId, request.meterId);
          const asked = { organisationId, request };
          everAsked.push(asked);
          if (request.window === UsageWindow.DAY) return daysOf(state, asked);
          const answer = await state.usage(asked);
          const { partial = false, nextPageToken = '', profileVersion = 1 } = answer;
          const span = { startTime: request.startTime, endTime: request.endTime };
          const rows = request.accountIds.flatMap((accountId) =>
            rowsOf(answer, request.byGroup).map((row) => ({ accountId, ...span, ...row })),
          );
          return { rows, partial, nextPageToken, profileVersion };
        },
        async queryAccountUsage(request, context) {
          const { organisationId } = principalOf(context);
          const asked = questionsOf(request).map((each) => ({ organisationId, request: each }));
          for (const { request: each } of asked) find(organisationId, each.meterId);
          everAsked.push(...asked);
          // All of one moment: nothing is waited for before the last of it is read.
          const answers = asked.map((each) => state.usage(each));
          const known = state.known(organisationId, request.idempotencyKeys);
          const usages = (await Promise.all(answers)).map(
            ({ value, eventCount = 0n, partial = false, profileVersion = 1 }) => ({
              ...{ value, eventCount, partial, profileVersion },
            }),
          );
          const knownEvents = [...known].map(([idempotencyKey, timestampMs]) => ({
            ...{ idempotencyKey, eventTime: toTimestamp(timestampMs) },
          }));
          return { usages, knownEvents };
        },
        tellUsageChanges() {
          if (state.down) throw unavailable('DATABASE_UNAVAILABLE', 'Away.', 100);
          return {};
        },
        async *explainUsage({ meterId, startTime }, context) {
          find(principalOf(context).organisationId, meterId);
          for (const value of state.transactions(startTime)) yield { events: [{ value }] };
          yield { quantity: {} };
        },
      });
    },
    authenticate: serviceAuthenticator,
    logger: createLogger({ service: 'metering', level: 'silent' }),
  });
  const state: MeteringServer = {
    port: server.port,
    askedBy: (asker) => everAsked.filter(({ organisationId }) => organisationId === asker),
    usage: () => ({ value: '0' }),
    known: () => new Map(),
    transactions: () => [],
    down: false,
    addMeter(organisationId, meterId, ...profiles) {
      const meter = create(MeterSchema, {
        id: meterId,
        name: meterId,
        eventName: SCRIPTED_EVENT_NAME,
        status: MeterStatus.ACTIVE,
        profiles: profiles.map((code) => ({
          code,
          name: code,
          aggregationMethod: AggregationMethod.COUNT,
        })),
        defaultProfile: profiles[0] ?? '',
      });
      meters.set(`${organisationId}/${meterId}`, meter);
      return meter;
    },
    addEvents(organisationId, added) {
      events.set(organisationId, [...(events.get(organisationId) ?? []), added]);
    },
    archive(organisationId, meterId) {
      find(organisationId, meterId).status = MeterStatus.ARCHIVED;
    },
    stop: () => server.close(),
  };
  return state;
}
