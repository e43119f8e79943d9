import { fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import type { ChargeGroupSchema } from '@billingrails/contracts/billingrails/billing/v1/billing_period_pb';
import type { Group, GroupValue } from '@billingrails/rating';

export function groupToProto(group: Group): MessageInitShape<typeof ChargeGroupSchema> {
  return group === 'other' ? { other: true } : { values: group.map(groupValueToProto) };
}

export function groupValueToProto(value: GroupValue): Value {
  return fromJson(ValueSchema, value);
}

/** Undefined for what can be no value of a group: a list, an object, or no number. */
export function groupValueFromProto({ kind }: Value): GroupValue | undefined {
  switch (kind.case) {
    case 'nullValue':
      return null;
    case 'stringValue':
    case 'boolValue':
      return kind.value;
    case 'numberValue':
      return Number.isFinite(kind.value) ? kind.value : undefined;
    default:
      return undefined;
  }
}
