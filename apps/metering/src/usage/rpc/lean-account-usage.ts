import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  QueryAccountUsageRequestSchema,
  QueryAccountUsageResponseSchema,
  UsageService,
  type QueryAccountUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { LeanMethod } from '@billingrails/rpc';
import { readAccountUsage, type AccountUsageContext } from '../use-cases/account-usage';
import { accountUsageToProto, readAccountUsageRequest } from './account-usage';

/** As the contract has it. */
const ACCOUNT_LENGTH_MAX = 128;
const QUESTIONS_MAX = 1_000;

/**
 * `QueryAccountUsage` past the runtime, as billing asks it for every access: where nothing is to be waited for, and no
 * events are named. What breaks the contract is left to the runtime.
 */
export function leanAccountUsage(context: AccountUsageContext): LeanMethod {
  return {
    method: UsageService.method.queryAccountUsage,
    handle(message, { encoding, principal: { organisationId } }) {
      const request = encoding === 'proto' ? readRequest(message) : undefined;
      return request && answer(context, organisationId, request);
    },
  };
}

async function answer(
  context: AccountUsageContext,
  organisationId: Parameters<typeof readAccountUsageRequest>[0],
  request: QueryAccountUsageRequest,
): Promise<Uint8Array> {
  const query = readAccountUsageRequest(organisationId, request);
  const found = accountUsageToProto(await readAccountUsage(context, query));
  const schema = QueryAccountUsageResponseSchema;
  return toBinary(schema, create(schema, found));
}

function readRequest(message: Uint8Array): QueryAccountUsageRequest | undefined {
  try {
    const request = fromBinary(QueryAccountUsageRequestSchema, message);
    return isLean(request) ? request : undefined;
  } catch {
    return undefined;
  }
}

function isLean(request: QueryAccountUsageRequest): boolean {
  const { accountId, questions, idempotencyKeys, consistencyToken, waitForAcknowledged } = request;
  if (consistencyToken !== '' || waitForAcknowledged || idempotencyKeys.length > 0) return false;
  if (accountId === '' || accountId.length > ACCOUNT_LENGTH_MAX) return false;
  return (
    questions.length <= QUESTIONS_MAX &&
    questions.every(
      (question) =>
        question.meterId !== '' &&
        question.startTime !== undefined &&
        question.endTime !== undefined &&
        question.accountId.length <= ACCOUNT_LENGTH_MAX,
    )
  );
}
