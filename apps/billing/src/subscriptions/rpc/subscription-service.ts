import {
  SubscriptionService,
  type CreateSubscriptionRequest,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import { canonicalTimeZone } from '@billingrails/time';
import type { ServiceImpl } from '@connectrpc/connect';
import { plainDecimal } from '@billingrails/money';
import { billToProto } from '../../bills/contract/bill';
import { commitmentFromProto } from '../../catalogue/contract/commitment';
import { feeDraftFromProto } from '../../catalogue/contract/fee';
import { addOnFromProto } from '../contract/besides';
import { billingCycleFromProto } from '../contract/billing-cycle';
import { phaseFromProto, trialFromProto } from '../contract/change';
import { discountsFromProto } from '../contract/discount';
import { minimumTermFromProto } from '../contract/minimum-term';
import { prorationFromProto } from '../contract/proration';
import { subscriptionToProto } from '../contract/subscription';
import { prepareFee } from '../../catalogue/use-cases/add-fee';
import { changeMethods } from './change-methods';
import { stillCounted } from './change-request';
import { migrationMethods } from './migration-methods';
import type { SubscriptionParts } from '../../service-parts';
import { addSubscriptionFee } from '../use-cases/add-subscription-fee';
import { existing } from '../use-cases/existing';
import { notCreated } from '../use-cases/phases';
import {
  prepareSubscription,
  previewSubscription,
  subscribe,
  type AskedSubscription,
  type SubscriptionNow,
} from '../use-cases/subscribe';

/** Keeps subscriptions. */
export function subscriptionService(
  parts: SubscriptionParts,
): ServiceImpl<typeof SubscriptionService> {
  const { mongo, subscriptions, clocks, nudge } = parts;
  return {
    async createSubscription(request, context) {
      const answer = await mutate(mongo, {
        method: SubscriptionService.method.createSubscription,
        request,
        caller: principalOf(context),
        prepare: (organisationId) =>
          prepareSubscription(parts, organisationId, draftOf(request), context.signal),
        run: async (session, organisationId, prepared) =>
          shown(await subscribe(parts, session, organisationId, prepared)),
      });
      nudge();
      return answer;
    },

    async getSubscription({ subscriptionId }, context) {
      const { organisationId } = principalOf(context);
      const subscription = await existing(parts, organisationId, subscriptionId);
      const { nowMs } = await clocks.presentOf(organisationId, subscription.accountId);
      return { subscription: subscriptionToProto(subscription, nowMs) };
    },

    async listSubscriptions(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.accountId === '' ? undefined : { accountId: request.accountId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        subscriptions.list(organisationId, slice, filter),
      );
      const accountIds = items.map(({ accountId }) => accountId);
      const presentFor = await clocks.presentsOf(organisationId, accountIds);
      return {
        subscriptions: items.map((item) =>
          subscriptionToProto(item, presentFor(item.accountId).nowMs),
        ),
        nextPageToken,
      };
    },

    addSubscriptionFee: (request, context) =>
      mutate(mongo, {
        method: SubscriptionService.method.addSubscriptionFee,
        request,
        caller: principalOf(context),
        prepare: (organisationId) =>
          prepareFee(parts, organisationId, feeDraftFromProto(request.fee), {
            isOwn: true,
            signal: context.signal,
          }),
        async run(session, organisationId, prepared) {
          const { subscriptionId, allowSharedUsage } = request;
          const addition = { subscriptionId, prepared, allowSharedUsage };
          const changed = await addSubscriptionFee(parts, session, organisationId, addition);
          return shown(changed);
        },
      }),

    async previewSubscription({ subscription: request }, context) {
      const { organisationId } = principalOf(context);
      assert(request !== undefined, 'the contract requires a subscription');
      const bills = await previewSubscription(
        parts,
        organisationId,
        draftOf(request),
        context.signal,
      );
      if (bills === undefined) throw stillCounted();
      return { bills: bills.map((bill) => billToProto(bill)) };
    },

    ...changeMethods(parts),
    ...migrationMethods(parts),
  };
}

function draftOf(request: CreateSubscriptionRequest): AskedSubscription {
  return {
    accountId: request.accountId,
    planId: request.planId,
    ...(request.planVersion === 0 ? {} : { planVersion: request.planVersion }),
    ...(request.currencyCode === '' ? {} : { currencyCode: request.currencyCode }),
    ...(request.startTime === undefined
      ? {}
      : { startMs: fromTimestamp(request.startTime, 'start_time') }),
    timeZone: canonicalTimeZone(request.timeZone || 'UTC'),
    ...billingCycleFromProto(request.billingCycle),
    ...(request.trial === undefined ? {} : { trial: trialFromProto(request.trial) }),
    quantity: plainDecimal(request.quantity || '1'),
    ...commitmentFromProto(request.commitment),
    ...(request.discounts.length === 0
      ? {}
      : { discounts: discountsFromProto(request.discounts, 'discounts') }),
    fees: request.fees.map(feeDraftFromProto),
    ...(request.endTime === undefined ? {} : { endMs: fromTimestamp(request.endTime, 'end_time') }),
    endProration: prorationFromProto(request.endProration, 'day'),
    addOns: request.addOns.map(addOnFromProto),
    ...(request.term === undefined
      ? {}
      : { term: minimumTermFromProto(request.term, 'term', notCreated) }),
    phases: request.phases.map(phaseFromProto),
    allowDuplicate: request.allowDuplicate,
    allowSharedUsage: request.allowSharedUsage,
  };
}

function shown({ subscription, nowMs }: SubscriptionNow) {
  return { subscription: subscriptionToProto(subscription, nowMs) };
}
