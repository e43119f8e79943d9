import type { ChangeDraft } from './change';
import type { PauseDraft, ResumeDraft } from './pause';
import type { ConvertDraft } from './trial';

/** What may stand beside a subscription that goes on longer than it was to. */
export interface AllowedBesides {
  /** Another subscription of the plan. */
  readonly allowDuplicate: boolean;
  /** Another subscription that prices the same usage. */
  readonly allowSharedUsage: boolean;
}

/** What is asked to become of a subscription. */
export type Asked =
  | ({ readonly kind: 'change' } & Omit<ChangeDraft, 'plan'> & {
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
  /** A change that has not taken effect is not to be. */
  | ({ readonly kind: 'take_back'; readonly number: number } & AllowedBesides);
