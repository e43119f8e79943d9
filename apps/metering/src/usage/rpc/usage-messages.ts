import { create, fromJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import {
  UsageGroupSchema,
  type UsageGroup,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { toTimestamp } from '@billingrails/rpc';
import { groupValues, type NamedGroup } from '../../domain/group';
import type { UsageRow } from '../domain/usage-table';

/** A row as it is answered. */
export function toRow({ accountId, startMs, endMs, value, eventCount, named }: UsageRow) {
  return {
    accountId,
    startTime: toTimestamp(startMs),
    endTime: toTimestamp(endMs),
    value,
    eventCount: BigInt(eventCount),
    ...(named === undefined ? {} : { group: toGroup(named) }),
  };
}

/** A group as it is answered. */
export function toGroup({ group, version }: NamedGroup): UsageGroup {
  const values = groupValues(group).map((value) => fromJson(ValueSchema, value));
  return create(UsageGroupSchema, { values, profileVersion: version });
}
