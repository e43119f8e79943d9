import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  Proration as ProrationMessage,
  type SubscriptionEventSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { decimalText } from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { feeToProto } from '../../catalogue/contract/fee';
import type { Fact, FactContent, Proration } from '../domain/fact';

type EventInit = Extract<MessageInitShape<typeof SubscriptionEventSchema>, { $typeName?: never }>;

const PRORATIONS: Record<Proration, ProrationMessage> = {
  second: ProrationMessage.SECOND,
  day: ProrationMessage.DAY,
  none: ProrationMessage.NONE,
};

export function factToProto(fact: Fact): EventInit {
  return {
    effectiveTime: toTimestamp(fact.effectiveMs),
    knownTime: toTimestamp(fact.knownMs),
    event: contentToProto(fact),
  };
}

function contentToProto(fact: FactContent): NonNullable<EventInit['event']> {
  switch (fact.kind) {
    case 'subscribed': {
      const { planId, quantity } = fact;
      return { case: 'subscribed', value: { planId, quantity: decimalText(quantity) } };
    }
    case 'plan_changed': {
      const { planId, proration } = fact;
      return { case: 'planChanged', value: { planId, proration: PRORATIONS[proration] } };
    }
    case 'quantity_changed': {
      const quantity = decimalText(fact.quantity);
      const value = { quantity, proration: PRORATIONS[fact.proration] };
      return { case: 'quantityChanged', value };
    }
    case 'fee_added':
      return { case: 'feeAdded', value: feeToProto(fact.fee) };
    case 'cancelled':
      return { case: 'cancelled', value: { refund: PRORATIONS[fact.proration] } };
    case 'one_off': {
      const { chargeId, description, amount } = fact;
      const value = { chargeId, description, amount: decimalText(amount) };
      return { case: 'oneOffCharge', value };
    }
  }
}
