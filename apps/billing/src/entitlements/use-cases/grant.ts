import { conflict, invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { limitViolations, type Entitlement, type Feature, type Grantee } from '../domain/feature';
import { granteeIdOf } from '../store/entitlements';

/** A feature for the subscribers of a plan, or for one subscription, as it was asked for. */
export interface EntitlementDraft {
  readonly featureId: string;
  readonly grantee: { readonly kind: Grantee['kind']; readonly id: string };
  /** Unset: without a limit. */
  readonly limit?: Decimal;
}

/** Grants a feature, once to each grantee. */
export async function grant(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: EntitlementDraft,
): Promise<Entitlement> {
  const { ids, entitlements, clocks } = parts;
  const { feature, grantee } = await named(parts, session, organisationId, draft);
  const { limit } = draft;
  const violations = limitViolations(feature, limit);
  if (violations.length > 0)
    throw invalid('ENTITLEMENT_INVALID', 'The entitlement cannot be created.', violations);
  const existing = await entitlements.findGrants(
    organisationId,
    feature.id,
    [granteeIdOf(grantee)],
    session,
  );
  if (existing.length > 0)
    throw conflict('ENTITLEMENT_EXISTS', 'The grantee has the feature already.');
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const entitlement: Entitlement = {
    id: ids.next('ent'),
    featureId: feature.id,
    grantee,
    ...(limit === undefined ? {} : { limit }),
    createMs,
  };
  await entitlements.insert(organisationId, entitlement, session);
  return entitlement;
}

/** The feature and the grantee that a draft names. Throws a DomainError of kind precondition when one is missing. */
async function named(
  { features, plans, subscriptions }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { featureId, grantee }: EntitlementDraft,
): Promise<{ feature: Feature; grantee: Grantee }> {
  const feature = await features.find(organisationId, featureId, session);
  let found: Grantee | undefined;
  if (grantee.kind === 'plan') {
    const plan = await plans.find(organisationId, grantee.id, undefined, session);
    if (plan !== undefined) found = { kind: 'plan', planId: plan.id };
  } else {
    const subscription = await subscriptions.find(organisationId, grantee.id, session);
    if (subscription !== undefined)
      found = { kind: 'subscription', subscriptionId: subscription.id };
  }
  if (feature === undefined || found === undefined) {
    const field = grantee.kind === 'plan' ? 'plan_id' : 'subscription_id';
    throw precondition('ENTITLEMENT_UNRESOLVED', 'The feature or the grantee does not exist.', [
      ...(feature === undefined ? [{ field: 'feature_id', description: 'names no feature' }] : []),
      ...(found === undefined ? [{ field, description: 'names nothing that exists' }] : []),
    ]);
  }
  return { feature, grantee: found };
}
