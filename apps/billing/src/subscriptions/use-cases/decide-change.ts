import { assert, invalid, precondition, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { startedViolations } from '../../catalogue/domain/discount';
import { refOf, type PlanRef } from '../../catalogue/domain/plan';
import type { SubscriptionParts } from '../../service-parts';
import type { AllowedBesides, Asked } from '../domain/asked';
import { cancelled, endingFor } from '../domain/cancellation';
import {
  changedBy,
  changeViolations,
  effectiveMsOf,
  pastViolations,
  timingViolations,
} from '../domain/change';
import {
  ended,
  noDiscount,
  noTerm,
  noTrial,
  notPaused,
  notScheduled,
  pausedAlready,
} from '../domain/refusals/missing';
import { discountsAgreed } from '../domain/discounts';
import { factsOf } from '../domain/facts-of';
import { withTerm } from '../domain/minimum-term/agree-term';
import { paused, pauseOf, pauseViolations, resumed } from '../domain/pause';
import { notSubscribable } from '../domain/refusals/subscribable';
import type { Subscription } from '../domain/subscription';
import { lastTermsAt } from '../domain/present';
import { scheduledChange, takenBack } from '../domain/take-back';
import { converted, trialOf } from '../domain/trial/trial';
import { addOnsAsked, refuseTooMany } from './add-ons';
import { plansAt } from './plans-at';
import { earlyTerminationFee as feeOf } from './early-termination-fee';
import { refuseOverlap, refuseSharedFee } from './refuse-overlap';

/** What becomes of a subscription. */
export interface Decided {
  /** As it was read where nothing changes. */
  readonly changed: Subscription;
  readonly effectiveMs: number;
}

/**
 * The subscription as what is asked makes it, once all that speaks against it was looked at. Without a session nothing
 * is fenced: to show it.
 */
export async function decideChange(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  read: Subscription,
  asked: Asked,
  nowMs: number,
  session?: ClientSession,
): Promise<Decided> {
  if (asked.kind === 'take_back') {
    if (scheduledChange(read, asked.number, nowMs) === undefined) throw notScheduled();
    const changed = takenBack(read, asked.number, nowMs);
    await refuseLonger(parts, organisationId, read, changed, asked, session);
    return { changed, effectiveMs: nowMs };
  }
  if (asked.kind === 'cancel') {
    const { timing, refund, field } = asked;
    if (typeof timing === 'object') refuse(pastViolations(timing.ms, nowMs, field));
    const ending = endingFor(read, timing, nowMs);
    if (ending === undefined) throw noTerm();
    const fee = await feeOf(parts, organisationId, read, { ...ending, proration: refund }, session);
    const changed = cancelled(read, { ...ending, ...(fee && { fee }) }, nowMs, refund);
    return { changed, effectiveMs: changed.endMs ?? nowMs };
  }
  refuse(timingViolations(asked, nowMs, asked.kind));
  const effectiveMs = effectiveMsOf(read, asked, nowMs);
  if (asked.kind !== 'convert' && (read.endMs ?? Infinity) <= effectiveMs) throw ended();
  switch (asked.kind) {
    case 'change': {
      const plan = await planAsked(
        parts,
        organisationId,
        read,
        asked,
        effectiveMs,
        'change',
        session,
      );
      const isToCome = effectiveMs > nowMs;
      const of = { organisationId, read, startMs: effectiveMs, isToCome };
      const addOns = await addOnsAsked(parts, of, asked, 'change.add_ons', session);
      const draft = { ...asked, ...plan, addOns };
      const { addedDiscounts, removedDiscountIds } = asked;
      refuse([
        ...changeViolations(draft, 'change.'),
        ...termViolations(asked, effectiveMs),
        ...startedViolations(addedDiscounts, effectiveMs, 'change.added_discounts', 'it begins'),
      ]);
      const agreed = discountsAgreed(read, factsOf(read)).map(({ id }) => id);
      if (!removedDiscountIds.every((id) => agreed.includes(id))) throw noDiscount();
      const without = changedBy(read, draft, nowMs);
      const { term, proration } = asked;
      const agreedNow = term && { term, fromMs: effectiveMs, proration };
      const changed = agreedNow ? withTerm(without, agreedNow, nowMs) : without;
      await refuseLonger(
        parts,
        organisationId,
        read,
        changed,
        { allowDuplicate: false, allowSharedUsage: asked.allowSharedUsage },
        session,
      );
      if (addOns.length > 0)
        refuseTooMany(changed, await plansAt(parts, organisationId, changed, effectiveMs, session));
      return { changed, effectiveMs };
    }
    case 'pause': {
      if (pauseOf(read, nowMs) !== undefined) throw pausedAlready();
      refuse(pauseViolations(asked, effectiveMs, 'pause'));
      return { changed: paused(read, asked, nowMs), effectiveMs };
    }
    case 'resume': {
      const pause = pauseOf(read, nowMs);
      if (pause === undefined) throw notPaused();
      return { changed: resumed(read, pause, asked, nowMs), effectiveMs };
    }
    case 'convert': {
      const trial = trialOf(read, nowMs);
      if (trial === undefined) throw noTrial();
      const changed = converted(read, trial, asked, nowMs);
      // It may go on after the end that came with its trial, but not after another.
      if ((changed.endMs ?? Infinity) <= effectiveMs) throw ended();
      await refuseLonger(parts, organisationId, read, changed, asked, session);
      return { changed, effectiveMs };
    }
  }
}

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0)
    throw invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', [...violations]);
}

/** What is wrong with a term that is to be agreed on from an instant on, by path. */
function termViolations(
  { term, timing }: Extract<Asked, { kind: 'change' }>,
  fromMs: number,
): Violation[] {
  if (term === undefined) return [];
  if (timing.kind !== 'now')
    return [{ field: 'change.timing', description: 'must be NOW where a term is agreed on' }];
  return term.first.unit === 'until' && term.first.ms <= fromMs
    ? [{ field: 'change.term.end_time', description: 'must be after the present' }]
    : [];
}

/** Refuses that a subscription goes on after its end where another one of the account stands against it by then. */
async function refuseLonger(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  read: Subscription,
  changed: Subscription,
  allowed: AllowedBesides,
  session?: ClientSession,
): Promise<void> {
  const { endMs: startMs, accountId } = read;
  if (session === undefined || startMs === undefined || (changed.endMs ?? Infinity) <= startMs)
    return;
  const plans = await plansAt(parts, organisationId, changed, startMs, session);
  const [plan] = plans;
  assert(plan !== undefined, 'a subscription has a plan');
  const fees = [...plans.flatMap((each) => each.fees), ...read.fees];
  const charging = { organisationId, accountId, startMs, fees };
  await refuseOverlap(parts, session, charging, plan, allowed);
}

/**
 * The plan that the change names, in its version. Throws a DomainError where there is none, it has another currency, or
 * prices usage which another subscription prices.
 */
export async function planAsked(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  read: Subscription,
  {
    planId,
    planVersion,
    allowSharedUsage,
  }: Pick<Extract<Asked, { kind: 'change' }>, 'planId' | 'planVersion' | 'allowSharedUsage'>,
  startMs: number,
  path: string,
  session?: ClientSession,
): Promise<{ readonly plan?: PlanRef }> {
  if (planId === '' && planVersion === 0) return {};
  const id = planId || lastTermsAt(read, startMs).planId;
  const plan = await parts.plans.find(organisationId, id, planVersion, session);
  const violations = notSubscribable(plan, 'plan', `${path}.`, read.currencyCode);
  if (plan === undefined || violations.length > 0)
    throw precondition('PLAN_NOT_FITTING', 'The subscription cannot have that plan.', violations);
  const { fees } = plan;
  const charging = { organisationId, accountId: read.accountId, startMs, fees };
  if (session !== undefined && !allowSharedUsage)
    await refuseSharedFee(parts, session, charging, read.id);
  return { plan: refOf(plan) };
}
