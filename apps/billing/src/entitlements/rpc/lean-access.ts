import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CheckAccessRequestSchema,
  CheckAccessResponseSchema,
  EntitlementService,
  type CheckAccessRequest,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { LeanMethod } from '@billingrails/rpc';
import { plainDecimal } from '@billingrails/money';
import type { ServiceParts } from '../../service-parts';
import { checkAccess } from '../use-cases/check-access';
import { accessToProto } from './access-messages';

/** As the contract has it. */
const QUANTITY = /^([0-9]{1,20}([.][0-9]{1,18})?)?$/;

/** `CheckAccess` past the runtime, as a product asks it on every request. What breaks the contract is left to that. */
export function leanCheckAccess(parts: ServiceParts): LeanMethod {
  return {
    method: EntitlementService.method.checkAccess,
    handle(message, { encoding, principal: { organisationId } }) {
      const request = encoding === 'proto' ? readRequest(message) : undefined;
      if (request === undefined) return undefined;
      return answerAccess(parts, organisationId, request).then((answer) =>
        toBinary(CheckAccessResponseSchema, create(CheckAccessResponseSchema, answer)),
      );
    },
  };
}

/** Answers a request that keeps to the contract. */
export async function answerAccess(
  parts: ServiceParts,
  organisationId: OrganisationId,
  request: CheckAccessRequest,
  signal?: AbortSignal,
) {
  const { accountId, consistencyToken, featureCode } = request;
  const question = { accountId, consistencyToken, features: [askedFeature(request)] };
  const [access] = await checkAccess(parts, organisationId, question, signal);
  assert(access !== undefined, 'every question is answered');
  return accessToProto(featureCode, access);
}

/** Which feature is asked for, and how much of it. */
export function askedFeature({
  featureCode: code,
  quantity,
}: Pick<CheckAccessRequest, 'featureCode' | 'quantity'>) {
  return { code, quantity: quantity === '' ? undefined : plainDecimal(quantity) };
}

function readRequest(message: Uint8Array): CheckAccessRequest | undefined {
  try {
    const request = fromBinary(CheckAccessRequestSchema, message);
    const { accountId, featureCode, quantity } = request;
    return accountId !== '' && featureCode !== '' && QUANTITY.test(quantity) ? request : undefined;
  } catch {
    return undefined;
  }
}
