import { BilledMeanwhile as BilledMeanwhileMessage } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { BilledMeanwhile } from '../domain/fact';

const MESSAGES: Record<BilledMeanwhile, BilledMeanwhileMessage> = {
  nothing: BilledMeanwhileMessage.NOTHING,
  recurring: BilledMeanwhileMessage.RECURRING,
  usage: BilledMeanwhileMessage.USAGE,
};

export function billedMeanwhileToProto(billed: BilledMeanwhile): BilledMeanwhileMessage {
  return MESSAGES[billed];
}

/** What is left out is nothing. */
export function billedMeanwhileFromProto(billed: BilledMeanwhileMessage): BilledMeanwhile {
  switch (billed) {
    case BilledMeanwhileMessage.UNSPECIFIED:
    case BilledMeanwhileMessage.NOTHING:
      return 'nothing';
    case BilledMeanwhileMessage.RECURRING:
      return 'recurring';
    case BilledMeanwhileMessage.USAGE:
      return 'usage';
  }
}
