import type { DescService } from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel as Idempotency } from '@bufbuild/protobuf/wkt';
import type { ChannelOptions } from '@grpc/grpc-js';
import { MESSAGE_BYTES_MAX } from '../limits';

/** How the channel to a service's replicas behaves. */
export function channelOptions(service: DescService): ChannelOptions {
  return {
    'grpc.service_config': JSON.stringify(serviceConfig(service)),
    'grpc.max_receive_message_length': MESSAGE_BYTES_MAX,
    'grpc.max_send_message_length': MESSAGE_BYTES_MAX,
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 5_000,
    'grpc.keepalive_permit_without_calls': 1,
    // A replica that comes back is found again within seconds.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.dns_min_time_between_resolutions_ms': 5_000,
    // Services call each other directly; http_proxy is for the world outside.
    'grpc.enable_http_proxy': 0,
  };
}

/**
 * Calls go to all replicas in turn. A read that finds none is tried again, up to four times in all; a mutation is not,
 * as it may have happened (its caller repeats it with the same request_id).
 */
function serviceConfig(service: DescService): object {
  const name = service.methods
    .filter(({ idempotency }) => idempotency !== Idempotency.IDEMPOTENCY_UNKNOWN)
    .map((method) => ({ service: service.typeName, method: method.name }));
  const retryPolicy = {
    maxAttempts: 4,
    initialBackoff: '0.1s',
    maxBackoff: '1s',
    backoffMultiplier: 2,
    retryableStatusCodes: ['UNAVAILABLE'],
  };
  return {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: name.length === 0 ? [] : [{ name, retryPolicy }],
    // When half of the calls fail, trying again makes it worse.
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  };
}
