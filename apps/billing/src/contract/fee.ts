import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  FeeDraft as FeeDraftMessage,
  FeeSchema,
} from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { assert } from '@billingrails/errors';
import { decimalText } from '@billingrails/money';
import type { Price } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Fee, FeeDraft } from '../domain/fee';
import { decimalFromProto } from './decimal';

/** A draft that passed the contract's own rules, so its decimals parse and its price is set. */
export function feeDraftFromProto({ name, price, meterProfile, unit }: FeeDraftMessage): FeeDraft {
  return {
    name,
    price: priceFromProto(price),
    ...(meterProfile === undefined
      ? {}
      : { meterProfile: { meterId: meterProfile.meterId, profile: meterProfile.profile } }),
    unit,
  };
}

function priceFromProto(price: FeeDraftMessage['price']): Price {
  switch (price.case) {
    case 'flat':
      return { kind: 'flat', amount: decimalFromProto(price.value.amount) };
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
  const { id, name, price, meterProfile, unit, createMs } = fee;
  return {
    id,
    name,
    price: priceToProto(price),
    ...(meterProfile === undefined ? {} : { meterProfile: { ...meterProfile } }),
    unit,
    createTime: toTimestamp(createMs),
  };
}

function priceToProto(price: Price): FeeInit['price'] & object {
  switch (price.kind) {
    case 'flat':
      return { case: 'flat', value: { amount: decimalText(price.amount) } };
    case 'per_unit':
      return { case: 'perUnit', value: { unitAmount: decimalText(price.unitAmount) } };
    case 'graduated':
      return {
        case: 'graduated',
        value: {
          tiers: price.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
            upTo: upTo === undefined ? '' : decimalText(upTo),
            unitAmount: decimalText(unitAmount),
            flatAmount: decimalText(flatAmount),
          })),
        },
      };
  }
}
