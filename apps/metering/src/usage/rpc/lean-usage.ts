import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  QueryUsageRequestSchema,
  QueryUsageResponseSchema,
  UsageService,
  type QueryUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { Mongo } from '@billingrails/mongo';
import { meetsContract, type LeanMethod } from '@billingrails/rpc';
import { readUsageRequest } from './usage-request';
import { answerQuery } from './usage-service';

/** The same as `usageService` for queries in protobuf that wait for nothing: read, query, answer. */
export function leanUsage({ mongo }: { readonly mongo: Mongo }): LeanMethod[] {
  const handle: LeanMethod['handle'] = (message, { encoding, principal }) => {
    const request = encoding === 'proto' ? plainQuery(message) : undefined;
    if (request === undefined) return undefined;
    const answered = answerQuery(
      mongo,
      principal.organisationId,
      request,
      readUsageRequest(request),
    );
    return answered.then((answer) =>
      toBinary(QueryUsageResponseSchema, create(QueryUsageResponseSchema, answer)),
    );
  };
  return [{ method: UsageService.method.queryUsage, handle }];
}

/** Undefined where the ordinary handler must look: at what is wrong, or at what it must wait for. */
function plainQuery(message: Uint8Array): QueryUsageRequest | undefined {
  let request: QueryUsageRequest;
  try {
    request = fromBinary(QueryUsageRequestSchema, message);
  } catch {
    return undefined;
  }
  if (request.consistencyToken !== '' || request.waitForAcknowledged) return undefined;
  return meetsContract(QueryUsageRequestSchema, request) ? request : undefined;
}
