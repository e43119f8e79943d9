import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SubscriptionEventSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { commitmentToProto } from '../../catalogue/contract/commitment';
import type { Period } from '@billingrails/time';
import { feeToProto } from '../../catalogue/contract/fee';
import { priceCorrectionToProto } from '../../catalogue/contract/price-correction';
import type { Fact } from '../domain/fact';
import { addOnToProto, feeChangeToProto } from './besides';
import { billedMeanwhileToProto } from './billed-meanwhile';
import { agreedDiscountToProto, discountToProto } from './discount';
import { minimumTermToProto } from './minimum-term';
import { prorationToProto } from './proration';
import { trialLimitToProto } from './trial-limit';

type EventInit = Extract<MessageInitShape<typeof SubscriptionEventSchema>, { $typeName?: never }>;

export function factToProto(fact: Fact): EventInit {
  return {
    effectiveTime: toTimestamp(fact.effectiveMs),
    knownTime: toTimestamp(fact.knownMs),
    event: contentToProto(fact),
    number: fact.number ?? 0,
  };
}

/** A term that began as the one before was over: it follows from what was agreed. */
export function renewalToProto({ startMs, endMs }: Period): EventInit {
  const beginTime = toTimestamp(startMs);
  const event = { case: 'termRenewed', value: { endTime: toTimestamp(endMs) } } as const;
  return { effectiveTime: beginTime, knownTime: beginTime, event, number: 0 };
}

function contentToProto(fact: Fact): NonNullable<EventInit['event']> {
  switch (fact.kind) {
    case 'subscribed': {
      const { planId, planVersion, proration } = fact;
      const quantity = decimalText(fact.quantity);
      const firstProration = prorationToProto(proration);
      const discounts = (fact.discounts ?? []).map(discountToProto);
      const own = { ...commitmentToProto(fact.commitment), discounts };
      const value = { planId, planVersion, quantity, firstProration, ...own };
      return { case: 'subscribed', value };
    }
    case 'plan_changed': {
      const { planId, planVersion } = fact;
      const proration = prorationToProto(fact.proration);
      return { case: 'planChanged', value: { planId, planVersion, proration } };
    }
    case 'quantity_changed': {
      const quantity = decimalText(fact.quantity);
      const value = { quantity, proration: prorationToProto(fact.proration) };
      return { case: 'quantityChanged', value };
    }
    case 'add_on_changed': {
      const value = { addOn: addOnToProto(fact), proration: prorationToProto(fact.proration) };
      return { case: 'addOnChanged', value };
    }
    case 'fee_changed': {
      const value = { fee: feeChangeToProto(fact), proration: prorationToProto(fact.proration) };
      return { case: 'feeChanged', value };
    }
    case 'discount_added': {
      const { discountId: id, discount, effectiveMs: startMs } = fact;
      const value = { discount: agreedDiscountToProto({ id, discount, startMs }) };
      return { case: 'discountAdded', value };
    }
    case 'discount_removed':
      return { case: 'discountRemoved', value: { discountId: fact.discountId } };
    case 'fee_added':
      return { case: 'feeAdded', value: feeToProto(fact.fee) };
    case 'cancelled': {
      const { fee } = fact;
      const charged = fee && {
        ...{ earlyTerminationAmount: decimalText(fee.amount), chargeId: fee.chargeId },
      };
      return { case: 'cancelled', value: { refund: prorationToProto(fact.proration), ...charged } };
    }
    case 'term_agreed':
      return { case: 'termAgreed', value: minimumTermToProto(fact.term) };
    case 'paused': {
      const value = {
        billed: billedMeanwhileToProto(fact.billed),
        proration: prorationToProto(fact.proration),
      };
      return { case: 'paused', value };
    }
    case 'resumed':
      return { case: 'resumed', value: { proration: prorationToProto(fact.proration) } };
    case 'trial_started':
      return {
        case: 'trialStarted',
        value: { billed: billedMeanwhileToProto(fact.billed), ...trialLimitToProto(fact.limit) },
      };
    case 'trial_ended': {
      const { converts, proration } = fact;
      return { case: 'trialEnded', value: { converts, proration: prorationToProto(proration) } };
    }
    case 'taken_back':
      return { case: 'takenBack', value: { number: fact.change } };
    case 'one_off': {
      const { chargeId, description, amount } = fact;
      const value = { chargeId, description, amount: decimalText(amount) };
      return { case: 'oneOffCharge', value };
    }
    case 'price_corrected':
      return { case: 'priceCorrected', value: priceCorrectionToProto(fact) };
  }
}
