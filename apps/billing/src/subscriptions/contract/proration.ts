import { Proration as ProrationMessage } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { Proration } from '../domain/fact';

const PRORATIONS: Record<Proration, ProrationMessage> = {
  second: ProrationMessage.SECOND,
  day: ProrationMessage.DAY,
  none: ProrationMessage.NONE,
};

export function prorationToProto(proration: Proration): ProrationMessage {
  return PRORATIONS[proration];
}

/** What is left out is `otherwise`. */
export function prorationFromProto(proration: ProrationMessage, otherwise: Proration): Proration {
  switch (proration) {
    case ProrationMessage.UNSPECIFIED:
      return otherwise;
    case ProrationMessage.SECOND:
      return 'second';
    case ProrationMessage.DAY:
      return 'day';
    case ProrationMessage.NONE:
      return 'none';
  }
}
