import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { TrialDraftSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { SubscribedBook, TrialBook } from '@billingrails/recompute';
import { steadily } from '@billingrails/stack/until';
import { billingCycleOf } from './cycles';
import { MEANWHILE, planOf, type Say } from './saying';

export const saySubscribed: Say<SubscribedBook> = (fact, { clients, ids, book, requestId }) => {
  const { plan, quantity, startMs, trial } = fact;
  const { name, account: accountId, timeZone, cycles } = book;
  const request = {
    ...{ accountId, ...planOf(ids, plan), quantity, timeZone, requestId },
    startTime: timestampFromMs(startMs),
    billingCycle: billingCycleOf(cycles, trial?.endMs),
    ...(trial === undefined ? {} : { trial: trialOf(trial) }),
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
