import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { BillingCycleSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { CycleBook } from '@billingrails/recompute';
import { CYCLE_UNITS } from '../define/cycle-units';
import { PRORATIONS } from './saying';

/** What is anchored to the end of its trial is so without being told. */
export function billingCycleOf(
  { unit, count, anchor, firstProration }: CycleBook,
  trialEndMs: number | undefined,
): MessageInitShape<typeof BillingCycleSchema> {
  const atTrialEnd = anchor.kind === 'time' && anchor.ms === trialEndMs;
  return {
    unit: CYCLE_UNITS[unit],
    count,
    anchor: atTrialEnd ? { case: undefined } : anchorOf(unit, anchor),
    firstProration: PRORATIONS[firstProration],
  };
}

function anchorOf(
  unit: CycleBook['unit'],
  anchor: CycleBook['anchor'],
): NonNullable<MessageInitShape<typeof BillingCycleSchema>['anchor']> {
  switch (anchor.kind) {
    case 'start':
      return { case: undefined };
    case 'time':
      return { case: 'anchorTime', value: timestampFromMs(anchor.ms) };
    case 'weekday':
      return { case: 'calendar', value: { weekday: anchor.day } };
    case 'date': {
      const month = unit === 'month' ? 0 : anchor.month;
      return { case: 'calendar', value: { dayOfMonth: anchor.day, month } };
    }
  }
}
