import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  SubscriptionService,
  type CancelSubscriptionRequest,
  type CreateSubscriptionRequest,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import { canonicalTimeZone } from '@billingrails/time';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { feeDraftFromProto } from '../../catalogue/contract/fee';
import { decimalFromProto } from '../../contract/decimal';
import { billingCycleFromProto } from '../contract/billing-cycle';
import { prorationFromProto } from '../contract/proration';
import { subscriptionToProto } from '../contract/subscription';
import { cancelled } from '../domain/cancellation';
import {
  NOT_BILLED,
  subscriptionViolations,
  type Subscription,
  type SubscriptionDraft,
} from '../domain/subscription';
import { resolveFees, type ResolvedFee } from '../../catalogue/use-cases/resolve-fees';
import { addedFee, prepareFee } from '../../catalogue/use-cases/add-fee';
import { pageById } from '../../rpc/page';
import { changeMethods } from './change-methods';
import { ended, missing } from '../domain/missing';
import { refuseOverlap, refuseSharedFee } from '../use-cases/refuse-overlap';
import type { SubscriptionParts } from '../../rpc/rpc-parts';
import { schedule } from '../use-cases/schedule';

/** A checked draft: its fees' meter profiles exist. */
type Prepared = Omit<SubscriptionDraft, 'fees'> &
  Pick<CreateSubscriptionRequest, 'allowDuplicate' | 'allowSharedUsage'> & {
    readonly fees: readonly ResolvedFee[];
  };

/** Keeps subscriptions. */
export function subscriptionService(
  parts: SubscriptionParts,
): ServiceImpl<typeof SubscriptionService> {
  const { mongo, ids, subscriptions, clocks, metering, nudge } = parts;
  return {
    async createSubscription(request, context) {
      const answer = await mutate(mongo, {
        method: SubscriptionService.method.createSubscription,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) => prepare(parts, organisationId, request, context),
        run: (session, organisationId, draft) => subscribe(parts, session, organisationId, draft),
      });
      nudge();
      return answer;
    },

    async getSubscription({ subscriptionId }, context) {
      const { organisationId } = principalOf(context);
      const subscription = await subscriptions.find(organisationId, subscriptionId);
      if (subscription === undefined) throw missing();
      const { nowMs } = await clocks.present(organisationId);
      return { subscription: subscriptionToProto(subscription, nowMs) };
    },

    async listSubscriptions(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.accountId === '' ? undefined : { accountId: request.accountId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        subscriptions.list(organisationId, slice, filter),
      );
      const { nowMs } = await clocks.present(organisationId);
      return {
        subscriptions: items.map((item) => subscriptionToProto(item, nowMs)),
        nextPageToken,
      };
    },

    addSubscriptionFee: (request, context) =>
      mutate(mongo, {
        method: SubscriptionService.method.addSubscriptionFee,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: (organisationId) =>
          prepareFee(metering, organisationId, request.fee, context.signal),
        async run(session, organisationId, prepared) {
          const subscription = await subscriptions.find(
            organisationId,
            request.subscriptionId,
            session,
          );
          if (subscription === undefined) throw missing();
          const { nowMs } = await clocks.fencedPresent(organisationId, session);
          if ((subscription.endMs ?? Infinity) <= nowMs) throw ended();
          const { id, accountId } = subscription;
          const charging = { organisationId, accountId, startMs: nowMs, fees: [prepared] };
          if (!request.allowSharedUsage) await refuseSharedFee(parts, session, charging, id);
          const fee = addedFee(subscription.fees, prepared, ids.next('fee'), nowMs);
          await subscriptions.addFee(organisationId, subscription.id, fee, session);
          const changed = { ...subscription, fees: [...subscription.fees, fee] };
          return { subscription: subscriptionToProto(changed, nowMs) };
        },
      }),

    async cancelSubscription(request, context) {
      const answer = await mutate(mongo, {
        method: SubscriptionService.method.cancelSubscription,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => undefined,
        run: (session, organisationId) => cancel(parts, session, organisationId, request),
      });
      nudge();
      return answer;
    },

    ...changeMethods(parts),
  };
}

async function prepare(
  { metering }: SubscriptionParts,
  organisationId: OrganisationId,
  request: CreateSubscriptionRequest,
  context: HandlerContext,
): Promise<Prepared> {
  const draft: SubscriptionDraft = {
    accountId: request.accountId,
    planId: request.planId,
    ...(request.startTime === undefined
      ? {}
      : { startMs: fromTimestamp(request.startTime, 'start_time') }),
    timeZone: canonicalTimeZone(request.timeZone || 'UTC'),
    ...billingCycleFromProto(request.billingCycle),
    quantity: decimalFromProto(request.quantity || '1'),
    fees: request.fees.map(feeDraftFromProto),
  };
  const violations = subscriptionViolations(draft);
  if (violations.length > 0)
    throw invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', violations);
  const pathOf = (index: number) => `fees[${index}]`;
  return {
    ...draft,
    allowDuplicate: request.allowDuplicate,
    allowSharedUsage: request.allowSharedUsage,
    fees: await resolveFees(metering, organisationId, draft.fees, pathOf, context.signal),
  };
}

async function subscribe(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: Prepared,
): Promise<{ subscription: MessageInitShape<typeof SubscriptionSchema> }> {
  const { ids, accounts, plans, subscriptions, clocks } = parts;
  const account = await accounts.find(organisationId, draft.accountId, session);
  const plan = await plans.find(organisationId, draft.planId, session);
  if (account === undefined || plan === undefined) {
    throw precondition('SUBSCRIPTION_UNRESOLVED', 'The account or the plan does not exist.', [
      ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
      ...(plan === undefined ? [{ field: 'plan_id', description: 'names no plan' }] : []),
    ]);
  }
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const startMs = draft.startMs ?? nowMs;
  const fees = [...plan.fees, ...draft.fees];
  const charging = { organisationId, accountId: account.id, startMs, fees };
  await refuseOverlap(parts, session, charging, plan, draft);
  const subscription: Subscription = {
    id: ids.next('sub'),
    accountId: account.id,
    planId: plan.id,
    startMs,
    timeZone: draft.timeZone,
    cycleRule: draft.cycleRule,
    firstProration: draft.firstProration,
    fees: draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: nowMs })),
    quantity: draft.quantity,
    changes: [],
    cycle: 0,
    createMs: nowMs,
    billed: NOT_BILLED,
  };
  await subscriptions.insert(organisationId, subscription, session);
  await schedule(parts, session, organisationId, subscription, clock);
  return { subscription: subscriptionToProto(subscription, nowMs) };
}

async function cancel(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, timing, refund }: CancelSubscriptionRequest,
): Promise<{ subscription: MessageInitShape<typeof SubscriptionSchema> }> {
  const { subscriptions, clocks } = parts;
  const subscription = await subscriptions.find(organisationId, subscriptionId, session);
  if (subscription === undefined) throw missing();
  assert(timing !== CancelTiming.UNSPECIFIED, 'the contract requires a timing');
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const changed = cancelled(
    subscription,
    timing === CancelTiming.NOW ? 'now' : 'period_end',
    nowMs,
    prorationFromProto(refund, 'none'),
  );
  if (changed !== subscription) {
    await subscriptions.addChanges(organisationId, subscription, changed, session);
    await schedule(parts, session, organisationId, changed, clock);
  }
  return { subscription: subscriptionToProto(changed, nowMs) };
}
