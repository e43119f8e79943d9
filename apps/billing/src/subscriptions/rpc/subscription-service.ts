import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  SubscriptionService,
  type CreateSubscriptionRequest,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { invalid, notFound, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf, toTimestamp } from '@billingrails/rpc';
import { canonicalTimeZone } from '@billingrails/time';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { feeDraftFromProto, feeToProto } from '../../catalogue/contract/fee';
import { periodToProto } from '../../contract/period';
import {
  cyclePeriod,
  subscriptionViolations,
  type Subscription,
  type SubscriptionDraft,
} from '../domain/subscription';
import { resolveFees, type ResolvedFee } from '../../usage/resolve-fees';
import { addedFee, prepareFee } from '../../catalogue/rpc/added-fee';
import { pageById } from '../../rpc/page';
import type { RpcParts } from '../../rpc/rpc-parts';

/** What subscriptions need to know of the schedulers. */
export interface SubscriptionParts extends RpcParts {
  /** How long after its end a period of real time is closed. */
  readonly settleMs: number;
}

/** A checked draft: its fees' meter profiles exist. */
type Prepared = Omit<SubscriptionDraft, 'fees'> & { readonly fees: readonly ResolvedFee[] };

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
      const subscription = await subscriptions.find(
        principalOf(context).organisationId,
        subscriptionId,
      );
      if (subscription === undefined) throw missing();
      return { subscription: toProto(subscription) };
    },

    async listSubscriptions(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.accountId === '' ? undefined : { accountId: request.accountId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        subscriptions.list(organisationId, slice, filter),
      );
      return { subscriptions: items.map(toProto), nextPageToken };
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
          const fee = addedFee(subscription.fees, prepared, ids.next('fee'), nowMs);
          await subscriptions.addFee(organisationId, subscription.id, fee, session);
          return { subscription: toProto({ ...subscription, fees: [...subscription.fees, fee] }) };
        },
      }),
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
    fees: request.fees.map(feeDraftFromProto),
  };
  const violations = subscriptionViolations(draft);
  if (violations.length > 0)
    throw invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', violations);
  const pathOf = (index: number) => `fees[${index}]`;
  return {
    ...draft,
    fees: await resolveFees(metering, organisationId, draft.fees, pathOf, context.signal),
  };
}

async function subscribe(
  { ids, accounts, plans, subscriptions, clocks, settleMs }: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: Prepared,
): Promise<{ subscription: MessageInitShape<typeof SubscriptionSchema> }> {
  const account = await accounts.find(organisationId, draft.accountId, session);
  const plan = await plans.find(organisationId, draft.planId, session);
  if (account === undefined || plan === undefined) {
    throw precondition('SUBSCRIPTION_UNRESOLVED', 'The account or the plan does not exist.', [
      ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
      ...(plan === undefined ? [{ field: 'plan_id', description: 'names no plan' }] : []),
    ]);
  }
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const subscription: Subscription = {
    id: ids.next('sub'),
    accountId: account.id,
    planId: plan.id,
    startMs: draft.startMs ?? nowMs,
    timeZone: draft.timeZone,
    fees: draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: nowMs })),
    cycle: 0,
    createMs: nowMs,
  };
  const dueMs = clock === 'test' ? 0 : cyclePeriod(subscription, 0).endMs + settleMs;
  await subscriptions.insert(organisationId, subscription, { clock, dueMs }, session);
  return { subscription: toProto(subscription) };
}

const missing = () => notFound('SUBSCRIPTION_NOT_FOUND', 'There is no subscription of that id.');

function toProto(subscription: Subscription): MessageInitShape<typeof SubscriptionSchema> {
  const { id, accountId, planId, startMs, timeZone, fees, cycle, createMs } = subscription;
  return {
    id,
    accountId,
    planId,
    startTime: toTimestamp(startMs),
    timeZone,
    fees: fees.map(feeToProto),
    currentPeriod: periodToProto(cyclePeriod(subscription, cycle)),
    createTime: toTimestamp(createMs),
  };
}
