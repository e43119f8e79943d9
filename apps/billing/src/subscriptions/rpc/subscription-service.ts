import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  SubscriptionStatus,
  type SubscriptionSchema,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import {
  CancelTiming,
  SubscriptionService,
  type CancelSubscriptionRequest,
  type CreateSubscriptionRequest,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid, notFound, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf, toTimestamp } from '@billingrails/rpc';
import { canonicalTimeZone } from '@billingrails/time';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { feeDraftFromProto, feeToProto } from '../../catalogue/contract/fee';
import { periodToProto } from '../../contract/period';
import { cancelled, statusAt } from '../domain/cancellation';
import {
  billedPeriod,
  subscriptionViolations,
  type Subscription,
  type SubscriptionDraft,
} from '../domain/subscription';
import { resolveFees, type ResolvedFee } from '../../usage/resolve-fees';
import { addedFee, prepareFee } from '../../catalogue/rpc/added-fee';
import { pageById } from '../../rpc/page';
import type { ClockKind } from '../../clocks/store/clocks';
import { refuseOverlap, refuseSharedFee } from './refuse-overlap';
import type { RpcParts } from '../../rpc/rpc-parts';

/** What subscriptions need to know of the schedulers. */
export interface SubscriptionParts extends RpcParts {
  /** How long after its end a period of real time is closed. */
  readonly settleMs: number;
}

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
      return { subscription: toProto(subscription, nowMs) };
    },

    async listSubscriptions(request, context) {
      const { organisationId } = principalOf(context);
      const filter = request.accountId === '' ? undefined : { accountId: request.accountId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        subscriptions.list(organisationId, slice, filter),
      );
      const { nowMs } = await clocks.present(organisationId);
      return { subscriptions: items.map((item) => toProto(item, nowMs)), nextPageToken };
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
          return { subscription: toProto(changed, nowMs) };
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
  const { ids, accounts, plans, subscriptions, clocks, settleMs } = parts;
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
    fees: draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: nowMs })),
    cycle: 0,
    createMs: nowMs,
  };
  const dueMs = dueBy(clock, settleMs);
  await subscriptions.insert(organisationId, subscription, { clock, dueMs }, session);
  return { subscription: toProto(subscription, nowMs) };
}

async function cancel(
  { subscriptions, clocks, settleMs }: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, timing }: CancelSubscriptionRequest,
): Promise<{ subscription: MessageInitShape<typeof SubscriptionSchema> }> {
  const subscription = await subscriptions.find(organisationId, subscriptionId, session);
  if (subscription === undefined) throw missing();
  assert(timing !== CancelTiming.UNSPECIFIED, 'the contract requires a timing');
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const changed = cancelled(
    subscription,
    timing === CancelTiming.NOW ? 'now' : 'period_end',
    nowMs,
  );
  if (changed !== subscription)
    await subscriptions.end(organisationId, changed, dueBy(clock, settleMs), session);
  return { subscription: toProto(changed, nowMs) };
}

/** From when on a cycle may be closed: of real time once all that was under way at its end has arrived. */
const dueBy = (clock: ClockKind, settleMs: number) => (endMs: number) =>
  clock === 'test' ? 0 : endMs + settleMs;

const missing = () => notFound('SUBSCRIPTION_NOT_FOUND', 'There is no subscription of that id.');

const ended = () =>
  precondition('SUBSCRIPTION_ENDED', 'The subscription has ended: no fee can charge it any more.');

const STATUSES = {
  scheduled: SubscriptionStatus.SCHEDULED,
  active: SubscriptionStatus.ACTIVE,
  cancelled: SubscriptionStatus.CANCELLED,
} as const;

function toProto(
  subscription: Subscription,
  nowMs: number,
): MessageInitShape<typeof SubscriptionSchema> {
  const { id, accountId, planId, startMs, timeZone, fees, createMs, endMs, cancelMs } =
    subscription;
  const open = billedPeriod(subscription, subscription.cycle);
  return {
    id,
    accountId,
    planId,
    startTime: toTimestamp(startMs),
    timeZone,
    fees: fees.map(feeToProto),
    ...(open === undefined ? {} : { currentPeriod: periodToProto(open) }),
    createTime: toTimestamp(createMs),
    status: STATUSES[statusAt(subscription, nowMs)],
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
    ...(cancelMs === undefined ? {} : { cancelTime: toTimestamp(cancelMs) }),
  };
}
