import {
  CancelTiming as CancelTimingMessage,
  ChangeTiming as ChangeTimingMessage,
  type SubscriptionChange,
  type CancelSubscriptionRequest,
  type SubscriptionPause,
  type SubscriptionPhase,
  type SubscriptionResume,
  type TrialConversion,
  type TrialDraft as TrialDraftMessage,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid, type Violation } from '@billingrails/errors';
import type { DiscountId } from '@billingrails/ids';
import { fromTimestamp } from '@billingrails/rpc';
import { plainDecimal } from '@billingrails/money';
import type { Asked, AskedFeeChange, UncheckedChange } from '../domain/asked';
import type { CancelTiming } from '../domain/cancellation';
import type { ChangeTiming } from '../domain/change';
import type { PhaseDraft } from '../domain/phases';
import type { TrialDraft } from '../domain/trial/trial';
import { addOnFromProto, feeChangeFromProto } from './besides';
import { billedMeanwhileFromProto } from './billed-meanwhile';
import { discountsFromProto } from './discount';
import { minimumTermFromProto } from './minimum-term';
import { prorationFromProto } from './proration';
import { trialLimitFromProto } from './trial-limit';

type AskedFor<K extends Asked['kind']> = Extract<Asked, { readonly kind: K }>;

export function changeFromProto(message: SubscriptionChange): UncheckedChange {
  const { planId, planVersion, quantity, proration, allowSharedUsage, addOns, fees } = message;
  return {
    kind: 'change',
    addOns: addOns.map(addOnFromProto),
    fees: fees.map(feeChangeFromProto),
    addedDiscounts: discountsFromProto(message.addedDiscounts, 'change.added_discounts'),
    removedDiscountIds: message.removedDiscountIds as DiscountId[],
    ...{ planId, planVersion },
    ...(quantity === '' ? {} : { quantity: plainDecimal(quantity) }),
    ...(message.term === undefined
      ? {}
      : { term: minimumTermFromProto(message.term, 'change.term', notChanged) }),
    timing: timingFromProto(message, 'change'),
    proration: prorationFromProto(proration, 'second'),
    allowSharedUsage,
  };
}

const notChanged = (violations: Violation[]) =>
  invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', violations);

export function pauseFromProto(message: SubscriptionPause): AskedFor<'pause'> {
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

export function resumeFromProto(message: SubscriptionResume): AskedFor<'resume'> {
  return {
    kind: 'resume',
    timing: timingFromProto(message, 'resume'),
    proration: prorationFromProto(message.proration, 'second'),
  };
}

export function conversionFromProto(message: TrialConversion): AskedFor<'convert'> {
  return {
    kind: 'convert',
    timing: timingFromProto(message, 'conversion'),
    proration: prorationFromProto(message.proration, 'second'),
    allowDuplicate: message.allowDuplicate,
    allowSharedUsage: message.allowSharedUsage,
  };
}

/** What is asked of a cancellation, in a message whose fields lie under `path`. */
export function cancellationFromProto(
  message: Pick<CancelSubscriptionRequest, 'timing' | 'effectiveTime' | 'refund'>,
  path: string,
): Asked {
  const field = `${path}effective_time`;
  const timing = cancelTimingFromProto(message, field);
  return { kind: 'cancel', timing, refund: prorationFromProto(message.refund, 'none'), field };
}

function cancelTimingFromProto(
  { timing, effectiveTime }: Pick<CancelSubscriptionRequest, 'timing' | 'effectiveTime'>,
  field: string,
): CancelTiming {
  const refused = (description: string) =>
    invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [{ field, description }]);
  assert(timing !== CancelTimingMessage.UNSPECIFIED, 'the contract requires a timing');
  if (timing === CancelTimingMessage.AT_TIME) {
    if (effectiveTime === undefined) throw refused('is required for AT_TIME');
    return { ms: fromTimestamp(effectiveTime, field) };
  }
  if (effectiveTime !== undefined) throw refused('must be left out unless timing is AT_TIME');
  switch (timing) {
    case CancelTimingMessage.NOW:
      return 'now';
    case CancelTimingMessage.PERIOD_END:
      return 'period_end';
    case CancelTimingMessage.TERM_END:
      return 'term_end';
  }
}

/** A phase that a subscription is to have. */
export function phaseFromProto(
  message: SubscriptionPhase,
  index: number,
): PhaseDraft<AskedFeeChange> {
  const { begins, planId, planVersion, quantity, proration } = message;
  return {
    ...{ planId, planVersion },
    addOns: message.addOns.map(addOnFromProto),
    fees: message.fees.map(feeChangeFromProto),
    addedDiscounts: discountsFromProto(message.addedDiscounts, `phases[${index}].added_discounts`),
    begins: phaseBeginOf(begins, `phases[${index}]`),
    ...(quantity === '' ? {} : { quantity: plainDecimal(quantity) }),
    proration: prorationFromProto(proration, 'second'),
  };
}

function phaseBeginOf(begins: SubscriptionPhase['begins'], path: string): PhaseDraft['begins'] {
  switch (begins.case) {
    case 'startTime':
      return { kind: 'at', ms: fromTimestamp(begins.value, `${path}.start_time`) };
    case 'afterCycles':
      return { kind: 'after_cycles', cycles: begins.value };
    case undefined: {
      const violation = { field: path, description: 'must say a start_time or after_cycles' };
      throw invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', [violation]);
    }
  }
}

/** The trial that a subscription is to start with. */
export function trialFromProto(message: TrialDraftMessage): TrialDraft {
  const { billed, endsSubscription, cyclesFromStart } = message;
  return {
    ...trialLengthOf(message),
    ...trialLimitFromProto(message.limit),
    billed: billedMeanwhileFromProto(billed),
    converts: !endsSubscription,
    cyclesFromStart,
  };
}

function trialLengthOf({ length }: TrialDraftMessage): Pick<TrialDraft, 'length'> {
  switch (length.case) {
    case 'days':
      return { length: { kind: 'days', days: length.value } };
    case 'endTime':
      return { length: { kind: 'until', ms: fromTimestamp(length.value, 'trial.end_time') } };
    case undefined:
      return {};
  }
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
