import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  FeeTiming,
  type CurrencyPrice as CurrencyPriceMessage,
  type FeeDraft as FeeDraftMessage,
  type FeeSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type {
  GroupPrice as GroupPriceMessage,
  Price as PriceMessage,
} from '@billingrails/contracts/billingrails/billing/v1/price_pb';
import { assert } from '@billingrails/errors';
import { corrupt, readPrice, writePrice, type GroupPrice, type Price } from '@billingrails/rating';
import { scalarFromValue, toTimestamp } from '@billingrails/rpc';
import type { CurrencyPriceDraft, Fee, FeeDraft, GroupPriceDraft } from '../domain/fee';
import { groupValueToProto } from '../../contract/group';
import { countingFromProto, countingToProto } from './commitment';

/** A draft that passed the contract's own rules, so its decimals parse and its price is set. */
export function feeDraftFromProto(message: FeeDraftMessage | undefined): FeeDraft {
  assert(message !== undefined, 'the contract requires a fee');
  const { name, price, meterProfile, unit, byGroup, groupPrices, timing, byQuantity } = message;
  const { commitmentCounting } = message;
  return {
    name,
    price: priceFromProto(price),
    ...(meterProfile === undefined
      ? {}
      : { meterProfile: { meterId: meterProfile.meterId, profile: meterProfile.profile } }),
    unit,
    inAdvance: timing === FeeTiming.ADVANCE,
    once: timing === FeeTiming.ONCE,
    byQuantity,
    ...countingFromProto(commitmentCounting),
    byGroup,
    groupPrices: groupPrices.map(groupPriceFromProto),
    otherPrices: message.otherPrices.map(currencyPriceFromProto),
    ...(message.productId === '' ? {} : { productId: message.productId }),
  };
}

/** A price in another currency that passed the contract's own rules. */
function currencyPriceFromProto(message: CurrencyPriceMessage): CurrencyPriceDraft {
  const { currencyCode, price, groupPrices } = message;
  return {
    ...{ currencyCode, price: priceFromProto(price) },
    groupPrices: groupPrices.map(groupPriceFromProto),
  };
}

/** A group's price that passed the contract's own rules. */
export function groupPriceFromProto({ values, price }: GroupPriceMessage): GroupPriceDraft {
  return { values: values.map(scalarFromValue), price: priceFromProto(price) };
}

/** A price that passed the contract's own rules, so its model is set and its decimals parse. */
export function priceFromProto(message: PriceMessage | undefined): Price {
  assert(message !== undefined, 'the contract requires a price');
  return readPrice(message, 'price', corrupt);
}

/** A fee with its plain fields, as `create` takes it. */
type FeeInit = Extract<MessageInitShape<typeof FeeSchema>, { $typeName?: never }>;

export function feeToProto(fee: Fee): FeeInit {
  const { id, name, price, meterProfile, unit, groupPrices, createMs } = fee;
  return {
    id,
    name,
    price: writePrice(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    createTime: toTimestamp(createMs),
    timing: timingOf(fee),
    byQuantity: fee.byQuantity ?? false,
    replacesFeeId: fee.replacesId ?? '',
    productId: fee.productId ?? '',
    commitmentCounting: countingToProto(fee.counting),
    byGroup: groupPrices !== undefined,
    groupPrices: (groupPrices ?? []).map(groupPriceToProto),
    otherPrices: (fee.otherPrices ?? []).map((other) => ({
      currencyCode: other.currencyCode,
      price: writePrice(other.price),
      groupPrices: (other.groupPrices ?? []).map(groupPriceToProto),
    })),
  };
}

export function priceToProto(price: Price): NonNullable<FeeInit['price']> {
  return writePrice(price);
}

export function groupPriceToProto({
  values,
  price,
}: GroupPrice): NonNullable<FeeInit['groupPrices']>[number] {
  return { values: values.map(groupValueToProto), price: writePrice(price) };
}

function timingOf({ meterProfile, inAdvance, once }: Fee): FeeTiming {
  if (meterProfile !== undefined) return FeeTiming.UNSPECIFIED;
  if (once === true) return FeeTiming.ONCE;
  return inAdvance === true ? FeeTiming.ADVANCE : FeeTiming.ARREAR;
}
