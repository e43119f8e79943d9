import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  SubscriptionStatus,
  type PauseSchema,
  type TrialSchema,
  type SubscriptionSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { commitmentToProto } from '../../catalogue/contract/commitment';
import { feeToProto } from '../../catalogue/contract/fee';
import { isListed } from '../../catalogue/domain/price-correction';
import { addOnToProto, feeChangeToProto } from './besides';
import { billedMeanwhileToProto } from './billed-meanwhile';
import { billingCycleToProto } from './billing-cycle';
import { runningTermToProto } from './minimum-term';
import { trialLimitToProto } from './trial-limit';
import { periodToProto } from '../../contract/period';
import { agreedDiscountToProto } from './discount';
import { discountsAgreed } from '../domain/discounts';
import { statusAt } from '../domain/cancellation';
import { factsOf } from '../domain/facts-of';
import { lastTermsAt } from '../domain/present';
import { termAt } from '../domain/minimum-term/running-term';
import { pauseOf, type Pause } from '../domain/pause';
import { trialOf, type Trial } from '../domain/trial/trial';
import { billedPeriod, type Subscription } from '../domain/subscription';

const STATUSES = {
  scheduled: SubscriptionStatus.SCHEDULED,
  active: SubscriptionStatus.ACTIVE,
  cancelled: SubscriptionStatus.CANCELLED,
  paused: SubscriptionStatus.PAUSED,
  trialing: SubscriptionStatus.TRIALING,
} as const;

/** The subscription as it stands at `nowMs`. */
export function subscriptionToProto(
  subscription: Subscription,
  nowMs: number,
): MessageInitShape<typeof SubscriptionSchema> {
  const { id, accountId, startMs, timeZone, fees, createMs, endMs, cancelMs } = subscription;
  const open = billedPeriod(subscription, subscription.cycle);
  const terms = lastTermsAt(subscription, nowMs);
  const { planId, planVersion, quantity, addOns = [], feeChanges = new Map() } = terms;
  const different = [...feeChanges.values()].filter((each) => !isListed(each));
  const pause = pauseOf(subscription, nowMs);
  const trial = trialOf(subscription, nowMs);
  // What has ended is in no term.
  const term = nowMs >= (endMs ?? Infinity) ? undefined : termAt(subscription, nowMs);
  return {
    id,
    accountId,
    planId,
    planVersion,
    startTime: toTimestamp(startMs),
    timeZone,
    currencyCode: subscription.currencyCode,
    billingCycle: billingCycleToProto(subscription),
    fees: fees.map(feeToProto),
    ...(open === undefined ? {} : { currentPeriod: periodToProto(open) }),
    createTime: toTimestamp(createMs),
    status: STATUSES[statusAt(subscription, nowMs)],
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
    ...(cancelMs === undefined ? {} : { cancelTime: toTimestamp(cancelMs) }),
    quantity: decimalText(quantity),
    ...commitmentToProto(subscription.commitment),
    discounts: discountsAgreed(subscription, factsOf(subscription))
      .filter(({ goneMs = Infinity }) => goneMs > nowMs)
      .map(agreedDiscountToProto),
    addOns: addOns.map(addOnToProto),
    feeChanges: different.map(feeChangeToProto),
    ...(pause === undefined ? {} : { pause: pauseToProto(pause) }),
    ...(trial === undefined ? {} : { trial: trialToProto(trial) }),
    ...(term === undefined ? {} : { term: runningTermToProto(term, endMs ?? Infinity) }),
  };
}

function trialToProto(trial: Trial): MessageInitShape<typeof TrialSchema> {
  const { endMs, billed, converts, limit } = trial;
  return {
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
    ...trialLimitToProto(limit),
    billed: billedMeanwhileToProto(billed),
    endsSubscription: !converts,
  };
}

function pauseToProto({ startMs, endMs, billed }: Pause): MessageInitShape<typeof PauseSchema> {
  return {
    startTime: toTimestamp(startMs),
    ...(endMs === undefined ? {} : { resumeTime: toTimestamp(endMs) }),
    billed: billedMeanwhileToProto(billed),
  };
}
