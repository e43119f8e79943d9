import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  AddOn as AddOnMessage,
  AddOnSchema,
  FeeChange as FeeChangeMessage,
  FeeChangeSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { assert } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import {
  groupPriceFromProto,
  groupPriceToProto,
  priceFromProto,
  priceToProto,
} from '../../catalogue/contract/fee';
import type { FeeChange } from '../../catalogue/domain/price-correction';
import type { AskedAddOn, AskedFeeChange } from '../domain/asked';
import type { AddOn } from '../domain/fact';

type AddOnInit = Extract<MessageInitShape<typeof AddOnSchema>, { $typeName?: never }>;
type FeeChangeInit = Extract<MessageInitShape<typeof FeeChangeSchema>, { $typeName?: never }>;

export function addOnFromProto({ planId, planVersion, quantity }: AddOnMessage): AskedAddOn {
  return { planId, planVersion, quantity: plainDecimal(quantity) };
}

export function addOnToProto({ planId, planVersion, quantity }: AddOn): AddOnInit {
  return { planId, planVersion, quantity: decimalText(quantity) };
}

/** A change that passed the contract's own rules. */
export function feeChangeFromProto({ feeId, charged }: FeeChangeMessage): AskedFeeChange {
  assert(charged.case !== undefined, 'the contract requires what is charged');
  if (charged.case !== 'ownPrice') return { feeId, removed: charged.case === 'removed' };
  const { price, groupPrices } = charged.value;
  return {
    ...{ feeId, removed: false, price: priceFromProto(price) },
    groupPrices: groupPrices.map(groupPriceFromProto),
  };
}

export function feeChangeToProto({ feeId, price, groupPrices, removed }: FeeChange): FeeChangeInit {
  if (price === undefined)
    return { feeId, charged: { case: removed ? 'removed' : 'listed', value: {} } };
  const own = (groupPrices ?? []).map(groupPriceToProto);
  return {
    feeId,
    charged: { case: 'ownPrice', value: { price: priceToProto(price), groupPrices: own } },
  };
}
