import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  FeeDraft as FeeDraftMessage,
  FeeSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import type {
  GroupPrice as GroupPriceMessage,
  TierSchema,
} from '@billingrails/contracts/billingrails/billing/v1/price_pb';
import { assert } from '@billingrails/errors';
import { decimalText } from '@billingrails/money';
import type { Price, Tier, UsagePrice } from '@billingrails/rating';
import { scalarFromValue, toTimestamp } from '@billingrails/rpc';
import type { Fee, FeeDraft } from '../domain/fee';
import { decimalFromProto } from '../../contract/decimal';
import { groupValueToProto } from '../../contract/group';

/** A draft that passed the contract's own rules, so its decimals parse and its price is set. */
export function feeDraftFromProto(message: FeeDraftMessage): FeeDraft {
  const { name, price, meterProfile, unit, byGroup, groupPrices } = message;
  return {
    name,
    price: priceFromProto(price),
    ...(meterProfile === undefined
      ? {}
      : { meterProfile: { meterId: meterProfile.meterId, profile: meterProfile.profile } }),
    unit,
    byGroup,
    groupPrices: groupPrices.map((own) => ({
      values: own.values.map(scalarFromValue),
      price: usagePriceFromProto(own.price),
    })),
  };
}

function priceFromProto(price: FeeDraftMessage['price']): Price {
  return price.case === 'flat'
    ? { kind: 'flat', amount: decimalFromProto(price.value.amount) }
    : usagePriceFromProto(price);
}

function usagePriceFromProto(price: GroupPriceMessage['price']): UsagePrice {
  switch (price.case) {
    case 'perUnit':
      return { kind: 'per_unit', unitAmount: decimalFromProto(price.value.unitAmount) };
    case 'graduated':
      return {
        kind: 'graduated',
        tiers: price.value.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
          ...(upTo === '' ? {} : { upTo: decimalFromProto(upTo) }),
          unitAmount: decimalFromProto(unitAmount || '0'),
          flatAmount: decimalFromProto(flatAmount || '0'),
        })),
      };
    default:
      return assert(false, 'the contract requires a price') as never;
  }
}

/** A fee with its plain fields, as `create` takes it. */
type FeeInit = Extract<MessageInitShape<typeof FeeSchema>, { $typeName?: never }>;

export function feeToProto(fee: Fee): FeeInit {
  const { id, name, price, meterProfile, unit, groupPrices, createMs } = fee;
  return {
    id,
    name,
    price: priceToProto(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    createTime: toTimestamp(createMs),
    byGroup: groupPrices !== undefined,
    groupPrices: (groupPrices ?? []).map((own) => ({
      values: own.values.map(groupValueToProto),
      price: usagePriceToProto(own.price),
    })),
  };
}

function priceToProto(price: Price): FeeInit['price'] & object {
  return price.kind === 'flat'
    ? { case: 'flat', value: { amount: decimalText(price.amount) } }
    : usagePriceToProto(price);
}

function usagePriceToProto(price: UsagePrice) {
  return price.kind === 'per_unit'
    ? ({ case: 'perUnit', value: { unitAmount: decimalText(price.unitAmount) } } as const)
    : ({ case: 'graduated', value: { tiers: price.tiers.map(tierToProto) } } as const);
}

function tierToProto({ upTo, unitAmount, flatAmount }: Tier): MessageInitShape<typeof TierSchema> {
  return {
    upTo: upTo === undefined ? '' : decimalText(upTo),
    unitAmount: decimalText(unitAmount),
    flatAmount: decimalText(flatAmount),
  };
}
