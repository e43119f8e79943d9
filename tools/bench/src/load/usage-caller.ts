import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  QueryUsageRequestSchema,
  QueryUsageResponseSchema,
  type QueryUsageResponse,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { GrpcCaller, grpcFrame } from '@billingrails/testing';

const METHOD = '/billingrails.metering.v1.UsageService/QueryUsage';

/** An answer, and how long it took to come: encoding the request and decoding the answer are not part of it. */
export interface TimedAnswer {
  readonly tookMs: number;
  readonly answer: QueryUsageResponse;
}

/** Asks the same query so often, one call after the other. */
export async function askUsage(
  { meteringUrl, key }: { readonly meteringUrl: string; readonly key: string },
  query: MessageInitShape<typeof QueryUsageRequestSchema>,
  times: number,
): Promise<TimedAnswer[]> {
  const request = create(QueryUsageRequestSchema, query);
  const frame = grpcFrame(toBinary(QueryUsageRequestSchema, request));
  const caller = new GrpcCaller(meteringUrl, { authorization: `Bearer ${key}` });
  const answers: TimedAnswer[] = [];
  try {
    for (let n = 0; n < times; n += 1) {
      const startMs = performance.now();
      const message = await caller.call(METHOD, frame);
      const tookMs = performance.now() - startMs;
      answers.push({ tookMs, answer: fromBinary(QueryUsageResponseSchema, message) });
    }
  } finally {
    caller.close();
  }
  return answers;
}
