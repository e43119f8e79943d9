import { precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { refOf, type Plan } from '../../catalogue/domain/plan';
import { tooManyFees } from '../../catalogue/domain/fee-limits';
import type { SubscriptionParts } from '../../service-parts';
import type { AskedAddOn } from '../domain/asked';
import type { AddOn } from '../domain/fact';
import { lastTermsAt } from '../domain/present';
import { notSubscribable } from '../domain/refusals/subscribable';
import type { Subscription } from '../domain/subscription';
import { refuseSharedFee } from './refuse-overlap';

/** Whose add-ons change, and from when on. */
export interface AddOnsOf {
  readonly organisationId: OrganisationId;
  readonly read: Subscription;
  readonly startMs: number;
  /** Whether that is to come: by then an add-on may be there which is not by what is known. */
  readonly isToCome: boolean;
}

/**
 * The add-ons that a change names, in their versions. Throws a DomainError where there is none, it has another
 * currency, or prices usage which another subscription prices. What is detached, or stays in its version, may be
 * archived.
 */
export async function addOnsAsked(
  parts: SubscriptionParts,
  { organisationId, read, startMs, isToCome }: AddOnsOf,
  {
    addOns: asked,
    allowSharedUsage,
  }: { readonly addOns: readonly AskedAddOn[]; readonly allowSharedUsage: boolean },
  path: string,
  session?: ClientSession,
): Promise<AddOn[]> {
  if (asked.length === 0) return [];
  const { plans } = parts;
  const terms = lastTermsAt(read, startMs);
  const added: Plan[] = [];
  const addOns: AddOn[] = [];
  for (const [index, { planId, planVersion, quantity }] of asked.entries()) {
    const had = terms.addOns?.find((other) => other.planId === planId);
    const stays = had !== undefined && (planVersion === 0 || planVersion === had.planVersion);
    if (stays) addOns.push({ ...had, quantity });
    else {
      const addOn = await plans.find(organisationId, planId, planVersion, session);
      const at = `${path}[${index}].`;
      const violations = notSubscribable(addOn, 'add_on', at, read.currencyCode);
      if (addOn === undefined || violations.length > 0)
        throw precondition(
          'PLAN_NOT_FITTING',
          'The subscription cannot have that add-on.',
          violations,
        );
      if (had === undefined && quantity.isZero() && !isToCome) continue;
      if (!quantity.isZero()) added.push(addOn);
      addOns.push({ ...refOf(addOn), quantity });
    }
  }
  const fees = added.flatMap((each) => each.fees);
  const charging = { organisationId, accountId: read.accountId, startMs, fees };
  if (session !== undefined && !allowSharedUsage)
    await refuseSharedFee(parts, session, charging, read.id);
  return addOns;
}

/** Refuses more fees of add-ons, with a subscription's own, than a plan may have. */
export function refuseTooMany(
  { fees }: Pick<Subscription, 'fees'>,
  [, ...addOns]: readonly Plan[],
): void {
  const excess = tooManyFees([...addOns.flatMap((each) => each.fees), ...fees]);
  if (excess !== undefined)
    throw precondition(
      'TOO_MANY_FEES',
      `There is no room for the add-on: a subscription by itself, with its add-ons, ${excess}.`,
    );
}
