import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  EarlyTermination,
  type MinimumTermSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type {
  SubscriptionPhaseSchema,
  TrialDraftSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { PhaseBook, SubscribedBook, TermBook, TrialBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { billingCycleOf } from './cycles';
import { discountOf } from './discounts';
import { MEANWHILE, planOf, PRORATIONS, type Ids, type Say } from './saying';

export const saySubscribed: Say<SubscribedBook> = (fact, { clients, ids, book, requestId }) => {
  const { plan, quantity, startMs, trial, end, phases = [], commitment } = fact;
  const { discounts = [], currency = '', term } = fact;
  const { name, account: accountId, timeZone, cycles } = book;
  const request = {
    ...{ accountId, ...planOf(ids, plan), quantity, timeZone, requestId },
    startTime: timestampFromMs(startMs),
    billingCycle: billingCycleOf(cycles, trial?.endMs),
    // Those beside others have their plan, and are charged for the same usage.
    ...{ allowDuplicate: true, allowSharedUsage: true },
    ...(trial === undefined ? {} : { trial: trialOf(trial) }),
    ...(end && { endTime: timestampFromMs(end.ms), endProration: PRORATIONS[end.proration] }),
    phases: phases.map((phase) => phaseOf(phase, ids)),
    ...{ currencyCode: currency, ...(term && termOf(term)) },
    ...(commitment && { commitment }),
    discounts: discounts.map((discount) => discountOf(discount, ids)),
  };
  const send = async () => {
    const { subscription } = await steadily(() =>
      clients.subscriptions.createSubscription(request),
    );
    ids.subscriptions.set(name, subscription?.id ?? '');
  };
  return { send };
};

function trialOf({
  endMs,
  billed,
  converts,
}: TrialBook): MessageInitShape<typeof TrialDraftSchema> {
  return {
    length: { case: 'endTime', value: timestampFromMs(endMs) },
    billed: MEANWHILE[billed],
    endsSubscription: !converts,
  };
}

const { NOT_BEFORE_END, FREE, REMAINING_FEES, AMOUNT } = EarlyTermination;

function termOf({ first, renewal, endProration, noticeDays, early }: TermBook) {
  const termination = {
    not_before_end: NOT_BEFORE_END,
    free: FREE,
    remaining_fees: REMAINING_FEES,
  };
  const term: MessageInitShape<typeof MinimumTermSchema> = {
    length:
      'ms' in first
        ? { case: 'endTime', value: timestampFromMs(first.ms) }
        : 'months' in first
          ? { case: 'months', value: first.months }
          : { case: 'cycles', value: first.cycles },
    renewal:
      renewal === undefined
        ? { case: 'ends', value: true }
        : 'months' in renewal
          ? { case: 'renewalMonths', value: renewal.months }
          : { case: 'renewalCycles', value: renewal.cycles },
    noticeDays,
    ...(typeof early === 'object'
      ? { earlyTermination: AMOUNT, earlyTerminationAmount: early.amount }
      : { earlyTermination: termination[early] }),
  };
  return { term, endProration: PRORATIONS[endProration] };
}

function phaseOf(
  { begins, plan, quantity = '', proration }: PhaseBook,
  ids: Ids,
): MessageInitShape<typeof SubscriptionPhaseSchema> {
  return {
    begins:
      'ms' in begins
        ? { case: 'startTime', value: timestampFromMs(begins.ms) }
        : { case: 'afterCycles', value: begins.afterCycles },
    ...planOf(ids, plan),
    quantity,
    proration: PRORATIONS[proration],
  };
}
