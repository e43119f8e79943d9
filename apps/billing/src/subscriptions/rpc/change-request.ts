import type {
  DescMessage,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { unavailable } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import type { Principal } from '@billingrails/rpc';
import type { SubscriptionParts } from '../../service-parts';
import { subscriptionToProto } from '../contract/subscription';
import type { Asked } from '../domain/asked';
import { change } from '../use-cases/change';

/** Lets a subscription become what a request asks, once for its request_id. The answer is the subscription. */
export async function changeOnce<I extends DescMessage, O extends DescMessage>(
  parts: SubscriptionParts,
  caller: Principal,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I> & { readonly subscriptionId: string; readonly requestId: string },
  prepare: () => Asked | Promise<Asked>,
): Promise<MessageShape<O>> {
  const answer = await mutate(parts.mongo, {
    method,
    request,
    caller,
    prepare,
    async run(session, organisationId, asked) {
      const { subscriptionId } = request;
      const now = await change(parts, session, organisationId, subscriptionId, asked);
      // The answers of all of them are the subscription.
      const answered: unknown = {
        subscription: subscriptionToProto(now.subscription, now.nowMs),
      };
      return answered as MessageInitShape<O>;
    },
  });
  parts.nudge();
  return answer;
}

/** Usage that a bill needs is not complete yet. */
export const stillCounted = () =>
  unavailable('USAGE_PARTIAL', 'Usage from before a meter profile is still being counted.', 5000);
