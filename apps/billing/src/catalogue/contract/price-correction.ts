import type { MessageInitShape } from '@bufbuild/protobuf';
import type { PriceCorrectionSchema } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { toTimestamp } from '@billingrails/rpc';
import type { PriceCorrection } from '../domain/price-correction';
import { groupPriceToProto, priceToProto } from './fee';

type CorrectionInit = Extract<
  MessageInitShape<typeof PriceCorrectionSchema>,
  { $typeName?: never }
>;

/** Where the correction names no currency, it is of that one. */
export function priceCorrectionToProto(
  correction: PriceCorrection,
  ofCurrency = '',
): CorrectionInit {
  const { feeId, price, groupPrices = [], note, effectiveMs, knownMs } = correction;
  return {
    feeId,
    price: priceToProto(price),
    groupPrices: groupPrices.map(groupPriceToProto),
    note,
    currencyCode: correction.currencyCode ?? ofCurrency,
    effectiveTime: toTimestamp(effectiveMs),
    knownTime: toTimestamp(knownMs),
  };
}
