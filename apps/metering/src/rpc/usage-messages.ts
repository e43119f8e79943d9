import { create, fromJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import {
  UsageGroupSchema,
  type UsageGroup,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { toTimestamp } from '@billingrails/rpc';
import { groupValues, type Group } from '../domain/group';
import { OVERFLOW_GROUP } from '../domain/usage-groups';
import type { UsageRow } from '../domain/usage-table';

/** A row as it is answered. */
export function toRow({ accountId, startMs, endMs, value, eventCount, group }: UsageRow) {
  return {
    accountId,
    startTime: toTimestamp(startMs),
    endTime: toTimestamp(endMs),
    value,
    eventCount: BigInt(eventCount),
    ...(group === undefined ? {} : { group: toGroup(group) }),
  };
}

/** A group as it is answered. */
export function toGroup(group: Group): UsageGroup {
  if (group === OVERFLOW_GROUP) return create(UsageGroupSchema, { overflow: true });
  const values = groupValues(group).map((value) => fromJson(ValueSchema, value));
  return create(UsageGroupSchema, { values });
}
