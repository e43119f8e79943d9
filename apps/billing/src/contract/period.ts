import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PeriodSchema } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';

export function periodToProto({ startMs, endMs }: Period): MessageInitShape<typeof PeriodSchema> {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}
