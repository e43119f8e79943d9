import type { ChangeDraft } from './change';
import type { PauseDraft, ResumeDraft } from './pause';
import type { ConvertDraft } from './trial';

/** What is asked to become of a subscription. */
export type Asked =
  | ({ readonly kind: 'change' } & ChangeDraft & {
        /** Whether another subscription may price the same usage. */
        readonly allowSharedUsage: boolean;
      })
  | ({ readonly kind: 'pause' } & PauseDraft)
  | ({ readonly kind: 'resume' } & ResumeDraft)
  | ({ readonly kind: 'convert' } & ConvertDraft);
