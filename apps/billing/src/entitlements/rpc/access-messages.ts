import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AccessReason as ReasonMessage,
  type CheckAccessResponseSchema,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import { decimalText, type Decimal } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import type { AccessDecision, AccessReason } from '../domain/access-decision';

const REASONS: Record<AccessReason, ReasonMessage> = {
  granted: ReasonMessage.GRANTED,
  within_limit: ReasonMessage.WITHIN_LIMIT,
  within_grace: ReasonMessage.WITHIN_GRACE,
  over_soft_limit: ReasonMessage.OVER_SOFT_LIMIT,
  not_granted: ReasonMessage.NOT_GRANTED,
  limit_reached: ReasonMessage.LIMIT_REACHED,
  budget_reached: ReasonMessage.BUDGET_REACHED,
  credits_used_up: ReasonMessage.CREDITS_USED_UP,
};

/** A decision as it is answered. */
export function accessToProto(
  featureCode: string,
  { allowed, reason, explanation, resetMs, entitlementId, value, ...amounts }: AccessDecision,
): MessageInitShape<typeof CheckAccessResponseSchema> {
  const { used, reserved, limit, grace, rolledOver, remaining, creditsAvailable } = amounts;
  return {
    ...{ featureCode, allowed, reason: REASONS[reason], explanation },
    ...{ used: textOf(used), reserved: textOf(reserved), remaining: textOf(remaining) },
    ...{ limit: textOf(limit), grace: textOf(grace), rolledOver: textOf(rolledOver) },
    creditsAvailable: textOf(creditsAvailable),
    ...(resetMs === undefined ? {} : { resetTime: toTimestamp(resetMs) }),
    ...{ entitlementId: entitlementId ?? '', value: value ?? '' },
  };
}

function textOf(value: Decimal | undefined): string {
  return value === undefined ? '' : decimalText(value);
}
