import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  PriceSchema,
  PriceTermsSchema,
} from '@billingrails/contracts/billingrails/billing/v1/price_pb';
import { Rounding } from '@billingrails/contracts/billingrails/common/v1/rated_step_pb';
import type { FeeBook, ModelBook, TermsBook } from '@billingrails/recompute';

type PriceModel = NonNullable<MessageInitShape<typeof PriceSchema>['model']>;

/** A price as the contract has it. */
export function priceOf(model: ModelBook, terms: TermsBook): MessageInitShape<typeof PriceSchema> {
  return { model: modelOf(model), terms: termsOf(terms) };
}

/** The prices of single groups, which are named by one value. */
export function groupPricesOf(groupPrices: NonNullable<FeeBook['groupPrices']>) {
  return groupPrices.map(({ group, model }) => ({
    values: [{ kind: { case: 'stringValue' as const, value: group } }],
    price: { model: modelOf(model) },
  }));
}

function modelOf(model: ModelBook): PriceModel {
  switch (model.kind) {
    case 'flat':
      return { case: 'flat', value: model };
    case 'per_unit':
      return { case: 'perUnit', value: model };
    case 'per_package':
      return { case: 'perPackage', value: model };
    case 'graduated':
    case 'volume':
      return { case: model.kind, value: { tiers: [...model.tiers] } };
    case 'stairstep':
      return {
        case: 'stairstep',
        value: { tiers: model.tiers.map(({ upTo, flatAmount }) => ({ upTo, flatAmount })) },
      };
    case 'percentage':
      return { case: 'percentage', value: model };
    case 'graduated_percentage': {
      const tiers = model.tiers.map(({ upTo, unitAmount: percent, flatAmount }) => {
        return { upTo, percent, flatAmount };
      });
      return { case: 'graduatedPercentage', value: { tiers } };
    }
    case 'dynamic':
      return { case: 'dynamic', value: {} };
  }
}

const ROUNDINGS = { up: Rounding.UP, down: Rounding.DOWN, half: Rounding.HALF };

function termsOf({ rounding, ...terms }: TermsBook): MessageInitShape<typeof PriceTermsSchema> {
  return { ...terms, ...(rounding === undefined ? {} : { rounding: ROUNDINGS[rounding] }) };
}
