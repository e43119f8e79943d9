import type { DiscountId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { Price } from '@billingrails/rating';
import type { GroupPriceDraft } from '../../catalogue/domain/fee';
import type { Discount } from '../../catalogue/domain/discount';
import type { FeeChange } from '../../catalogue/domain/price-correction';
import type { CancelTiming } from './cancellation';
import type { ChangeDraft } from './change';
import type { Proration } from './fact';
import type { PauseDraft, ResumeDraft } from './pause';
import type { ConvertDraft } from './trial/trial';

/** What may stand beside a subscription that goes on longer than it was to. */
export interface AllowedBesides {
  /** Another subscription of the plan. */
  readonly allowDuplicate: boolean;
  /** Another subscription that prices the same usage. */
  readonly allowSharedUsage: boolean;
}

/** An add-on as it was asked for: it is not known to exist. */
export interface AskedAddOn {
  readonly planId: string;
  /** 0: the one that it has already, or else the newest published one. */
  readonly planVersion: number;
  /** Zero detaches it. */
  readonly quantity: Decimal;
}

/** How a fee is to be charged; see FeeChange. */
export interface AskedFeeChange {
  /** Not known to exist. */
  readonly feeId: string;
  readonly price?: Price;
  readonly groupPrices?: readonly GroupPriceDraft[];
  readonly removed: boolean;
}

/** A change whose fees are not known to exist, nor to have prices that fit. */
export type UncheckedChange = Omit<Extract<Asked, { kind: 'change' }>, 'fees'> & {
  readonly fees: readonly AskedFeeChange[];
};

/** What is asked to become of a subscription. */
export type Asked =
  | ({ readonly kind: 'change' } & Omit<ChangeDraft, 'plan' | 'addOns' | 'fees'> & {
        readonly addOns: readonly AskedAddOn[];
        readonly fees: readonly FeeChange[];
        /** Their fees are not known to exist. */
        readonly addedDiscounts: readonly Discount[];
        /** Not known to exist. */
        readonly removedDiscountIds: readonly DiscountId[];
        /** Empty: as it is. It is not known to exist. */
        readonly planId: string;
        /** 0: with a plan the newest published one, else as it is. */
        readonly planVersion: number;
        /** Whether another subscription may price the same usage. */
        readonly allowSharedUsage: boolean;
      })
  | ({ readonly kind: 'pause' } & PauseDraft)
  | ({ readonly kind: 'resume' } & ResumeDraft)
  | ({ readonly kind: 'convert' } & ConvertDraft & AllowedBesides)
  | {
      readonly kind: 'cancel';
      readonly timing: CancelTiming;
      readonly refund: Proration;
      /** The field that says when, for what is wrong with it. */
      readonly field: string;
    }
  /** A change that has not taken effect is not to be. */
  | ({ readonly kind: 'take_back'; readonly number: number } & AllowedBesides);
