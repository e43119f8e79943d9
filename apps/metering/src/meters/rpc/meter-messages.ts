import { create, fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import {
  AccountMappingType,
  AggregationMethod as Method,
  AggregationTimeWindow as TimeWindow,
  BackfillStatus,
  FilterNodeSchema,
  MeterSchema,
  MeterStatus as Status,
  type Filter as FilterMessage,
  type FilterNode as FilterNodeMessage,
  type Meter as MeterMessage,
  type MeterProfileDraft,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { CreateMeterRequest } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { assert } from '@billingrails/errors';
import type {
  Filter,
  FilterDraft,
  FilterNode,
  FilterNodeDraft,
  JsonValue,
  Scalar,
} from '@billingrails/filters';
import { toTimestamp } from '@billingrails/rpc';
import { paceOf, type Backfill } from '../../backfills/domain/backfill';
import type { AggregationMethod } from '../../domain/aggregation';
import type { Meter, MeterStatus } from '../domain/meter';
import type { MeterDraft } from '../domain/meter-draft';
import type { AggregationTimeWindow, Profile } from '../domain/profile';
import type { ProfileDraft } from '../domain/profile-draft';

const METHODS: Record<AggregationMethod, Method> = {
  sum: Method.SUM,
  count: Method.COUNT,
  count_unique: Method.COUNT_UNIQUE,
  max: Method.MAX,
  min: Method.MIN,
  latest: Method.LATEST,
  average: Method.AVERAGE,
  time_weighted_sum: Method.TIME_WEIGHTED_SUM,
};

const TIME_WINDOWS: Record<TimeWindow, AggregationTimeWindow> = {
  [TimeWindow.UNSPECIFIED]: 'none',
  [TimeWindow.NONE]: 'none',
  [TimeWindow.HOUR]: 'hour',
  [TimeWindow.DAY]: 'day',
};

const SHOWN_TIME_WINDOWS: Record<AggregationTimeWindow, TimeWindow> = {
  none: TimeWindow.NONE,
  hour: TimeWindow.HOUR,
  day: TimeWindow.DAY,
};

const STATUSES: Record<MeterStatus, Status> = { active: Status.ACTIVE, archived: Status.ARCHIVED };

/** The meter that a request asks for. */
export function fromCreateRequest(request: CreateMeterRequest): MeterDraft {
  return {
    name: request.name,
    eventName: request.eventName,
    accountProperty: request.accountMapping?.eventProperty ?? '',
    profiles: request.profiles.map(fromProfileDraft),
    defaultProfile: request.defaultProfile,
  };
}

/** The profile that a request asks for. The contract's rules have been checked. */
export function fromProfileDraft(draft: MeterProfileDraft): ProfileDraft {
  const methods = Object.entries(METHODS) as [AggregationMethod, Method][];
  const method = methods.find(([, known]) => known === draft.aggregationMethod)?.[0];
  assert(method !== undefined, 'the aggregation method is one of the contract');
  return {
    code: draft.code,
    name: draft.name,
    method,
    property: draft.aggregationProperty,
    filters: draft.filters.map(fromFilter),
    filter: draft.filter && fromFilterNode(draft.filter),
    recurring: draft.recurring,
    timeWindow: TIME_WINDOWS[draft.aggregationTimeWindow],
    groupBy: draft.groupBy,
  };
}

/** The status to change to; undefined for no change. */
export function fromStatus(status: Status): MeterStatus | undefined {
  const statuses = Object.entries(STATUSES) as [MeterStatus, Status][];
  return statuses.find(([, known]) => known === status)?.[0];
}

/** The meter as callers see it, with how far each profile's backfill is. */
export function toMeterMessage(meter: Meter, backfills: readonly Backfill[]): MeterMessage {
  return create(MeterSchema, {
    id: meter.id,
    name: meter.name,
    eventName: meter.eventName,
    status: STATUSES[meter.status],
    accountMapping: { type: AccountMappingType.ID, eventProperty: meter.accountProperty },
    profiles: meter.profiles.map((profile) => toProfile(profile, backfills)),
    defaultProfile: meter.defaultProfile,
    createTime: toTimestamp(meter.createTimeMs),
    updateTime: toTimestamp(meter.updateTimeMs),
  });
}

function toProfile(profile: Profile, backfills: readonly Backfill[]) {
  const backfill = backfills.find(({ profiles }) => profiles.includes(profile.number));
  const isComplete = backfill?.complete ?? true;
  const pace = backfill && paceOf(backfill);
  const { effectiveFromMs } = profile;
  return {
    id: profile.id,
    code: profile.code,
    name: profile.name,
    aggregationMethod: METHODS[profile.method],
    aggregationProperty: profile.property,
    filters: profile.filters.map(toFilter),
    ...(profile.filter && { filter: toFilterNode(profile.filter) }),
    recurring: profile.recurring,
    aggregationTimeWindow: SHOWN_TIME_WINDOWS[profile.timeWindow],
    groupBy: [...profile.groupBy],
    version: profile.version,
    ...(effectiveFromMs !== undefined && { effectiveTime: toTimestamp(effectiveFromMs) }),
    createTime: toTimestamp(profile.createTimeMs),
    backfill: {
      status: isComplete ? BackfillStatus.COMPLETE : BackfillStatus.RUNNING,
      doneCount: BigInt(backfill?.doneCount ?? 0),
      totalCount: BigInt(backfill?.totalCount ?? 0),
      eventsPerSecond: pace === undefined ? '' : String(pace.eventsPerSecond),
      ...(pace?.estimatedEndMs === undefined
        ? {}
        : { estimatedEndTime: toTimestamp(pace.estimatedEndMs) }),
    },
  };
}

function fromFilterNode({ node }: FilterNodeMessage): FilterNodeDraft {
  switch (node.case) {
    case 'all':
      return { all: node.value.filters.map(fromFilterNode) };
    case 'any':
      return { any: node.value.filters.map(fromFilterNode) };
    case 'negated':
      return { negated: fromFilterNode(node.value) };
    case 'condition':
      return { condition: fromFilter(node.value) };
    default:
      return {};
  }
}

function fromFilter({ property, operator, value }: FilterMessage): FilterDraft {
  return { property: fromValue(property), operator, value: fromValue(value) };
}

/** A value as JSON; undefined for one that is not set. */
function fromValue(value: Value | undefined): JsonValue | undefined {
  switch (value?.kind.case) {
    case 'stringValue':
    case 'numberValue':
    case 'boolValue':
      return value.kind.value;
    case 'nullValue':
      return null;
    case 'listValue':
      return value.kind.value.values.map((element) => fromValue(element) ?? null);
    case 'structValue':
      return {};
    default:
      return undefined;
  }
}

function toFilter({ property, operator, values }: Filter) {
  return { property: toList(property), operator, value: toList(values) };
}

function toFilterNode(node: FilterNode): MessageInitShape<typeof FilterNodeSchema> {
  if ('all' in node) {
    return { node: { case: 'all', value: { filters: node.all.map(toFilterNode) } } };
  }
  if ('any' in node) {
    return { node: { case: 'any', value: { filters: node.any.map(toFilterNode) } } };
  }
  return 'negated' in node
    ? { node: { case: 'negated', value: toFilterNode(node.negated) } }
    : { node: { case: 'condition', value: toFilter(node) } };
}

function toList(values: readonly Scalar[]): Value {
  const list = { values: values.map(toValue) };
  return create(ValueSchema, { kind: { case: 'listValue', value: list } });
}

/** A value as callers see it. */
export function toValue(value: Scalar | null): Value {
  return fromJson(ValueSchema, value);
}
