import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  RateLimits as RateLimitsMessage,
  RateLimitsSchema,
} from '@billingrails/contracts/billingrails/access/v1/rate_limits_pb';
import type { RateLimits } from '../domain/organisation';

/** Undefined where nothing is limited. The contract keeps numbers exact. */
export function limitsFromProto(limits: RateLimitsMessage | undefined): RateLimits | undefined {
  const { callsPerSecond: calls, bytesPerSecond: bytes, eventsPerSecond: events } = limits ?? {};
  if (calls === undefined && bytes === undefined && events === undefined) return undefined;
  return {
    ...(calls !== undefined && { calls: Number(calls) }),
    ...(bytes !== undefined && { bytes: Number(bytes) }),
    ...(events !== undefined && { events: Number(events) }),
  };
}

/** Limits as they are shown. */
export function limitsToProto({
  calls,
  bytes,
  events,
}: RateLimits): MessageInitShape<typeof RateLimitsSchema> {
  return {
    ...(calls !== undefined && { callsPerSecond: BigInt(calls) }),
    ...(bytes !== undefined && { bytesPerSecond: BigInt(bytes) }),
    ...(events !== undefined && { eventsPerSecond: BigInt(events) }),
  };
}
