import { fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import type { ChargeGroupSchema } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Group, GroupValue } from '@billingrails/rating';

export function groupToProto(
  group: Group,
  profileVersion = 0,
): MessageInitShape<typeof ChargeGroupSchema> {
  return group === 'other'
    ? { other: true }
    : { values: group.map(groupValueToProto), profileVersion };
}

export function groupValueToProto(value: GroupValue): Value {
  return fromJson(ValueSchema, value);
}
