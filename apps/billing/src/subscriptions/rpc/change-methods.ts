import {
  ChangeTiming as ChangeTimingMessage,
  SubscriptionService,
  type CreateOneOffChargeRequest,
  type SubscriptionChange,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid, unavailable } from '@billingrails/errors';
import type { PlanId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { mutate } from '@billingrails/mongo';
import {
  decodePageToken,
  encodePageToken,
  fromTimestamp,
  pageSize,
  principalOf,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { billToProto } from '../../bills/contract/bill';
import { decimalFromProto } from '../../contract/decimal';
import type { SubscriptionParts } from '../../service-parts';
import { factToProto } from '../contract/fact';
import { prorationFromProto } from '../contract/proration';
import { subscriptionToProto } from '../contract/subscription';
import type { ChangeTiming } from '../domain/change';
import { factsOf } from '../domain/facts-of';
import { change, previewChange, type CheckedChange } from '../use-cases/change';
import { chargeOnce, type OneOffCharge } from '../use-cases/charge-once';
import { existing } from '../use-cases/existing';

type ChangeMethods = Pick<
  ServiceImpl<typeof SubscriptionService>,
  'changeSubscription' | 'previewChange' | 'listSubscriptionEvents' | 'createOneOffCharge'
>;

const position = z.strictObject({ after: z.int().min(1) });

/** What changes a subscription, and what shows its changes. */
export function changeMethods(parts: SubscriptionParts): ChangeMethods {
  const { mongo, nudge } = parts;
  const methods = SubscriptionService.method;
  return {
    async changeSubscription(request, context) {
      const answer = await mutate(mongo, {
        method: methods.changeSubscription,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => draftOf(request.change),
        run: async (session, organisationId, draft) => {
          const { subscriptionId } = request;
          const changed = await change(parts, session, organisationId, subscriptionId, draft);
          return { subscription: subscriptionToProto(changed.subscription, changed.nowMs) };
        },
      });
      nudge();
      return answer;
    },

    async previewChange(request, context) {
      const { organisationId } = principalOf(context);
      const draft = draftOf(request.change);
      const { subscriptionId } = request;
      const { signal } = context;
      const bill = await previewChange(parts, organisationId, subscriptionId, draft, signal);
      if (bill === undefined) throw stillCounted();
      return bill === 'none' ? {} : { bill: billToProto(bill) };
    },

    async listSubscriptionEvents(request, context) {
      const { organisationId } = principalOf(context);
      const facts = factsOf(await existing(parts, organisationId, request.subscriptionId));
      const known = [...facts].sort((a, b) => a.knownMs - b.knownMs);
      const { pageToken } = request;
      const after = pageToken === '' ? 0 : decodePageToken(pageToken, position).after;
      const until = after + pageSize(request.pageSize);
      return {
        events: known.slice(after, until).map(factToProto),
        nextPageToken: until < known.length ? encodePageToken({ after: until }) : '',
      };
    },

    async createOneOffCharge(request, context) {
      const answer = await mutate(mongo, {
        method: methods.createOneOffCharge,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => undefined,
        run: (session, organisationId) =>
          chargeOnce(parts, session, organisationId, oneOffOf(request)),
      });
      nudge();
      return answer;
    },
  };
}

function draftOf(message: SubscriptionChange | undefined): CheckedChange {
  assert(message !== undefined, 'the contract requires a change');
  const { planId, quantity, proration, allowSharedUsage } = message;
  return {
    ...(planId === '' ? {} : { planId: planId as PlanId }),
    ...(quantity === '' ? {} : { quantity: decimalFromProto(quantity) }),
    timing: timingOf(message),
    proration: prorationFromProto(proration, 'second'),
    allowSharedUsage,
  };
}

function timingOf({ timing, effectiveTime }: SubscriptionChange): ChangeTiming {
  const field = 'change.effective_time';
  if (timing === ChangeTimingMessage.AT_TIME) {
    if (effectiveTime !== undefined)
      return { kind: 'at_time', ms: fromTimestamp(effectiveTime, field) };
    const violation = { field, description: 'is required for AT_TIME' };
    throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [violation]);
  }
  if (effectiveTime === undefined)
    return { kind: timing === ChangeTimingMessage.NOW ? 'now' : 'period_end' };
  const violation = { field, description: 'must be left out unless timing is AT_TIME' };
  throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [violation]);
}

function oneOffOf(request: CreateOneOffChargeRequest): OneOffCharge {
  const { subscriptionId, description, amount, billNow } = request;
  const sign = amount.startsWith('-') ? '-' : '';
  return {
    subscriptionId,
    description,
    amount: decimal(sign + amount.replace(/^-?0*(?=[0-9])/, '')),
    billed: billNow ? 'now' : 'next',
  };
}

const stillCounted = () =>
  unavailable('USAGE_PARTIAL', 'Usage from before a meter profile is still being counted.', 5000);
