import {
  ChangeTiming as ChangeTimingMessage,
  SubscriptionService,
  type CreateOneOffChargeRequest,
  type SubscriptionChange,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { assert, invalid, precondition, unavailable } from '@billingrails/errors';
import type { OrganisationId, PlanId } from '@billingrails/ids';
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
import type { ClientSession } from 'mongodb';
import { z } from 'zod';
import { previewAt } from '../../bills/use-cases/preview';
import { billToProto } from '../../bills/contract/bill';
import { decimalFromProto } from '../../contract/decimal';
import type { SubscriptionParts } from '../../rpc/rpc-parts';
import { factToProto } from '../contract/fact';
import { prorationFromProto } from '../contract/proration';
import { subscriptionToProto } from '../contract/subscription';
import {
  changedBy,
  changeViolations,
  effectiveMsOf,
  type ChangeDraft,
  type ChangeTiming,
} from '../domain/change';
import { factsOf, type Fact } from '../domain/fact';
import type { Subscription } from '../domain/subscription';
import { ended, missing } from '../domain/missing';
import { refuseSharedFee } from '../use-cases/refuse-overlap';
import { schedule } from '../use-cases/schedule';

type ChangeMethods = Pick<
  ServiceImpl<typeof SubscriptionService>,
  'changeSubscription' | 'previewChange' | 'listSubscriptionEvents' | 'createOneOffCharge'
>;

const position = z.strictObject({ after: z.int().min(1) });

/** What changes a subscription, and what shows its changes. */
export function changeMethods(parts: SubscriptionParts): ChangeMethods {
  const { mongo, subscriptions, clocks, nudge } = parts;
  const methods = SubscriptionService.method;
  return {
    async changeSubscription(request, context) {
      const answer = await mutate(mongo, {
        method: methods.changeSubscription,
        request,
        organisationId: principalOf(context).organisationId,
        prepare: () => draftOf(request.change),
        async run(session, organisationId, draft) {
          const read = await existing(parts, organisationId, request.subscriptionId, session);
          const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
          const changed = await change(parts, organisationId, read, draft, nowMs, session);
          if (changed !== read) {
            await subscriptions.addChanges(organisationId, read, changed, session);
            await schedule(parts, session, organisationId, changed, clock);
          }
          return { subscription: subscriptionToProto(changed, nowMs) };
        },
      });
      nudge();
      return answer;
    },

    async previewChange(request, context) {
      const { organisationId } = principalOf(context);
      const draft = draftOf(request.change);
      const read = await existing(parts, organisationId, request.subscriptionId);
      const { nowMs } = await clocks.present(organisationId);
      const changed = await change(parts, organisationId, read, draft, nowMs);
      const effectiveMs = effectiveMsOf(read, draft, nowMs);
      const { signal } = context;
      const bill = await previewAt(parts, organisationId, changed, effectiveMs, signal);
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
        run: (session, organisationId) => chargeOnce(parts, session, organisationId, request),
      });
      nudge();
      return answer;
    },
  };
}

async function existing(
  { subscriptions }: SubscriptionParts,
  organisationId: OrganisationId,
  subscriptionId: string,
  session?: ClientSession,
): Promise<Subscription> {
  const subscription = await subscriptions.find(organisationId, subscriptionId, session);
  if (subscription === undefined) throw missing();
  return subscription;
}

/** The subscription as the change makes it, once all that speaks against it was looked at. */
async function change(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  read: Subscription,
  { allowSharedUsage, ...draft }: CheckedDraft,
  nowMs: number,
  session?: ClientSession,
): Promise<Subscription> {
  const violations = changeViolations(draft, nowMs, 'change');
  if (violations.length > 0)
    throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', violations);
  const effectiveMs = effectiveMsOf(read, draft, nowMs);
  if ((read.endMs ?? Infinity) <= effectiveMs) throw ended();
  const { planId } = draft;
  if (planId !== undefined) {
    const plan = await parts.plans.find(organisationId, planId, session);
    const present = await parts.plans.find(organisationId, read.planId, session);
    if (plan === undefined || plan.currencyCode !== present?.currencyCode)
      throw precondition('PLAN_NOT_FITTING', 'The subscription cannot have that plan.', [
        {
          field: 'change.plan_id',
          description:
            plan === undefined
              ? 'names no plan'
              : `must name a plan in the currency of the present one, ${present?.currencyCode ?? ''}`,
        },
      ]);
    const { fees } = plan;
    const charging = { organisationId, accountId: read.accountId, startMs: effectiveMs, fees };
    if (session !== undefined && !allowSharedUsage)
      await refuseSharedFee(parts, session, charging, read.id);
  }
  return changedBy(read, draft, nowMs);
}

type CheckedDraft = ChangeDraft & { readonly allowSharedUsage: boolean };

function draftOf(message: SubscriptionChange | undefined): CheckedDraft {
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

async function chargeOnce(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { subscriptionId, description, amount, billNow }: CreateOneOffChargeRequest,
): Promise<{ chargeId: string }> {
  const { subscriptions, clocks, ids } = parts;
  const read = await existing(parts, organisationId, subscriptionId, session);
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  if (nowMs < read.startMs || (read.endMs ?? Infinity) <= nowMs) throw ended();
  const sign = amount.startsWith('-') ? '-' : '';
  const fact: Fact = {
    kind: 'one_off',
    chargeId: ids.next('chg'),
    description,
    amount: decimal(sign + amount.replace(/^-?0*(?=[0-9])/, '')),
    billed: billNow ? 'now' : 'next',
    effectiveMs: nowMs,
    knownMs: nowMs,
  };
  const changed = { ...read, changes: [...read.changes, fact] };
  await subscriptions.addChanges(organisationId, read, changed, session);
  await schedule(parts, session, organisationId, changed, clock);
  return { chargeId: fact.chargeId };
}

const stillCounted = () =>
  unavailable('USAGE_PARTIAL', 'Usage from before a meter profile is still being counted.', 5000);
