import type { Violation } from '@billingrails/errors';
import { invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { planIn } from '../../catalogue/domain/currencies';
import { startedViolations } from '../../catalogue/domain/discount';
import type { Fee } from '../../catalogue/domain/fee';
import type { SubscriptionParts } from '../../service-parts';
import type { AskedAddOn, AskedFeeChange } from '../domain/asked';
import { changedBy, changeViolations } from '../domain/change';
import { phaseMsOf, type PhaseDraft } from '../domain/phases';
import type { Subscription } from '../domain/subscription';
import { addOnsAsked, refuseTooMany } from './add-ons';
import { checkedFees, namesFees } from './check-fees';
import { planAsked } from './decide-change';
import { plansAt } from './plans-at';

export const notCreated = (violations: Violation[]) =>
  invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', violations);

/** What a subscription is to begin with, and what is known to become of it. */
interface AskedPhases {
  readonly planId: string;
  readonly planVersion?: number;
  readonly currencyCode?: string;
  readonly addOns: readonly AskedAddOn[];
  readonly phases: readonly PhaseDraft<AskedFeeChange>[];
}

/** The phases, whose fees exist in a plan or an add-on that is had by then, with prices that fit what they count. */
export async function checkPhases(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  asked: AskedPhases,
  signal: AbortSignal,
): Promise<PhaseDraft[]> {
  const phases: PhaseDraft[] = [];
  for (const [index, phase] of asked.phases.entries()) {
    const owners = namesFees(phase)
      ? await ownersBy(parts, organisationId, asked, asked.phases.slice(0, index + 1))
      : [];
    const checking = { owners, path: `phases[${index}]`, refused: notCreated };
    const fees = await checkedFees(parts, organisationId, phase, checking, signal);
    phases.push({ ...phase, fees });
  }
  return phases;
}

/** The fees of all plans and add-ons that are had by the last of the phases, in the subscription's currency. */
async function ownersBy(
  { plans }: SubscriptionParts,
  organisationId: OrganisationId,
  { planId: firstId, planVersion: firstVersion = 0, currencyCode, addOns }: AskedPhases,
  phases: readonly PhaseDraft<AskedFeeChange>[],
): Promise<(readonly Fee[])[]> {
  let planId = firstId;
  const named = [{ planId, planVersion: firstVersion }, ...addOns];
  for (const phase of phases) {
    planId = phase.planId || planId;
    if (phase.planId !== '' || phase.planVersion > 0)
      named.push({ planId, planVersion: phase.planVersion });
    named.push(...phase.addOns);
  }
  const found = await Promise.all(
    named.map((each) => plans.find(organisationId, each.planId, each.planVersion)),
  );
  // One that is missing, or has another currency, is refused when the subscription is made.
  const currency = currencyCode ?? found[0]?.currencyCode ?? '';
  return found.flatMap((plan) => {
    const own = plan && planIn(plan, currency);
    return own === undefined ? [] : [own.fees];
  });
}

/** A subscription that begins, and what its caller allows. */
interface Beginning {
  readonly subscription: Subscription;
  readonly phases: readonly PhaseDraft[];
  readonly allowSharedUsage: boolean;
}

/** The subscription with its phases, each a change like any other. Throws a DomainError for what is wrong. */
export async function withPhases(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  { subscription: begun, phases, allowSharedUsage }: Beginning,
  session?: ClientSession,
): Promise<Subscription> {
  let subscription = begun;
  for (const [index, phase] of phases.entries()) {
    const path = `phases[${index}]`;
    const ms = phaseMsOf(phase, begun);
    const asked = { ...phase, allowSharedUsage };
    const of = { organisationId, read: subscription, startMs: ms, isToCome: true };
    const plan = await planAsked(parts, organisationId, subscription, asked, ms, path, session);
    const addOns = await addOnsAsked(parts, of, asked, `${path}.add_ons`, session);
    const draft = { ...phase, ...plan, addOns, timing: { kind: 'at_time', ms } as const };
    const violations = [
      ...changeViolations(draft, `${path}.`),
      ...startedViolations(phase.addedDiscounts, ms, `${path}.added_discounts`, 'it begins'),
    ];
    if (violations.length > 0) throw notCreated(violations);
    subscription = changedBy(subscription, draft, begun.createMs);
    if (addOns.length > 0)
      refuseTooMany(subscription, await plansAt(parts, organisationId, subscription, ms, session));
  }
  return subscription;
}
