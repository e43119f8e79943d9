import {
  ChangeTiming as ChangeTimingMessage,
  type SubscriptionChange,
  type SubscriptionPause,
  type SubscriptionResume,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { invalid } from '@billingrails/errors';
import type { PlanId } from '@billingrails/ids';
import { fromTimestamp } from '@billingrails/rpc';
import { decimalFromProto } from '../../contract/decimal';
import type { Asked } from '../domain/asked';
import type { ChangeTiming } from '../domain/change';
import { billedMeanwhileFromProto } from './billed-meanwhile';
import { prorationFromProto } from './proration';

export function changeFromProto(message: SubscriptionChange): Asked {
  const { planId, quantity, proration, allowSharedUsage } = message;
  return {
    kind: 'change',
    ...(planId === '' ? {} : { planId: planId as PlanId }),
    ...(quantity === '' ? {} : { quantity: decimalFromProto(quantity) }),
    timing: timingFromProto(message, 'change'),
    proration: prorationFromProto(proration, 'second'),
    allowSharedUsage,
  };
}

export function pauseFromProto(message: SubscriptionPause): Asked {
  const { resumeTime, billed, proration } = message;
  return {
    kind: 'pause',
    timing: timingFromProto(message, 'pause'),
    ...(resumeTime === undefined
      ? {}
      : { resumeMs: fromTimestamp(resumeTime, 'pause.resume_time') }),
    billed: billedMeanwhileFromProto(billed),
    proration: prorationFromProto(proration, 'second'),
  };
}

export function resumeFromProto(message: SubscriptionResume): Asked {
  return {
    kind: 'resume',
    timing: timingFromProto(message, 'resume'),
    proration: prorationFromProto(message.proration, 'second'),
  };
}

function timingFromProto(
  { timing, effectiveTime }: Pick<SubscriptionChange, 'timing' | 'effectiveTime'>,
  path: string,
): ChangeTiming {
  const field = `${path}.effective_time`;
  const refused = (description: string) =>
    invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [{ field, description }]);
  if (timing === ChangeTimingMessage.AT_TIME) {
    if (effectiveTime !== undefined)
      return { kind: 'at_time', ms: fromTimestamp(effectiveTime, field) };
    throw refused('is required for AT_TIME');
  }
  if (effectiveTime === undefined)
    return { kind: timing === ChangeTimingMessage.NOW ? 'now' : 'period_end' };
  throw refused('must be left out unless timing is AT_TIME');
}
