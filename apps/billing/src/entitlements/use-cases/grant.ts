import {
  assert,
  conflict,
  invalid,
  notFound,
  precondition,
  type Violation,
} from '@billingrails/errors';
import type { CreditUnitId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { rateOf } from '../../credits/domain/credit-unit';
import type { ServiceParts } from '../../service-parts';
import {
  defaultReset,
  entitlementViolations,
  overlap,
  type EntitlementDraft,
} from '../domain/entitlement-draft';
import type { Entitlement, Feature, Grantee } from '../domain/feature';
import { granteeIdOf } from '../store/entitlements';

/** Grants a feature: at any time once to a plan or subscription, to an account any number of times. */
export async function grant(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: EntitlementDraft,
): Promise<Entitlement> {
  const { ids, entitlements, features } = parts;
  const { feature, grantee } = await named(parts, session, organisationId, draft);
  const createMs = await presentMsFor(parts, session, organisationId, grantee);
  const { startMs = createMs, reset = defaultReset(grantee.kind) } = draft;
  const violations = entitlementViolations(feature, draft, startMs);
  if (violations.length > 0)
    throw invalid('ENTITLEMENT_INVALID', 'The entitlement cannot be created.', violations);
  const creditUnitId = await creditUnitOf(parts, session, organisationId, feature, draft);
  const { limit, grace, isSoft, rollover, value, endMs } = draft;
  const entitlement: Entitlement = {
    ...{ id: ids.next('ent'), featureId: feature.id, grantee },
    ...(limit === undefined ? {} : { limit }),
    ...(grace === undefined ? {} : { grace }),
    ...(rollover === undefined ? {} : { rollover }),
    ...(creditUnitId === undefined ? {} : { creditUnitId }),
    ...(value === undefined ? {} : { value }),
    ...(endMs === undefined ? {} : { endMs }),
    ...{ isSoft, reset, startMs, createMs },
  };
  if (grantee.kind !== 'account') {
    await features.fenceGrants(organisationId, feature.id, session);
    const grantees = [granteeIdOf(grantee)];
    const existing = await entitlements.findGrants(organisationId, [feature.id], grantees, session);
    if (existing.some((other) => overlap(other, entitlement)))
      throw conflict('ENTITLEMENT_EXISTS', 'The grantee has the feature already.');
  }
  await entitlements.insert(organisationId, entitlement, session);
  await raiseVersion(parts, session, organisationId, grantee);
  return entitlement;
}

/** The unit that a draft names, which usage of the feature must burn. */
async function creditUnitOf(
  { creditUnits }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { meterProfile }: Feature,
  { creditUnitId: id }: EntitlementDraft,
): Promise<CreditUnitId | undefined> {
  if (id === undefined || meterProfile === undefined) return undefined;
  const unit = await creditUnits.find(organisationId, id, session);
  if (unit !== undefined && rateOf(unit, meterProfile) !== undefined) return unit.id;
  throw precondition('ENTITLEMENT_UNRESOLVED', 'The unit does not exist, or has no rate.', [
    {
      field: 'credit_unit_id',
      description:
        unit === undefined
          ? 'names no unit of credits'
          : "must name a unit with a rate for the feature's meter profile",
    },
  ]);
}

/** What is granted to it has changed. */
async function raiseVersion(
  { accessVersions, subscriptions }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  grantee: Grantee,
): Promise<void> {
  switch (grantee.kind) {
    case 'plan':
      await accessVersions.raiseAll(organisationId, session);
      return;
    case 'subscription': {
      const { subscriptionId } = grantee;
      const found = await subscriptions.find(organisationId, subscriptionId, session);
      assert(
        found !== undefined,
        'what is granted to a subscription is granted to one that exists',
      );
      await accessVersions.raise(organisationId, found.accountId, session);
      return;
    }
    case 'account':
      await accessVersions.raise(organisationId, grantee.accountId, session);
  }
}

/** Ends an entitlement at an instant, by default now; the earlier end holds. `isSooner`: it is the one asked for. */
export async function endEntitlement(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  asked: { readonly entitlementId: string; readonly endMs: number | undefined },
): Promise<{ readonly entitlement: Entitlement; readonly isSooner: boolean }> {
  const { entitlements } = parts;
  const found = await entitlements.find(organisationId, asked.entitlementId, session);
  if (found === undefined)
    throw notFound('ENTITLEMENT_NOT_FOUND', 'There is no entitlement of that id.');
  const nowMs = await presentMsFor(parts, session, organisationId, found.grantee);
  const { endMs = nowMs } = asked;
  if (endMs < nowMs)
    throw precondition('ENTITLEMENT_END_PAST', 'An entitlement does not end in the past.', [
      { field: 'end_time', description: "must not be before the organisation's present" },
    ]);
  await entitlements.end(organisationId, found.id, endMs, session);
  await raiseVersion(parts, session, organisationId, found.grantee);
  const before = found.endMs ?? Infinity;
  return { entitlement: { ...found, endMs: Math.min(endMs, before) }, isSooner: endMs < before };
}

/** Of an account, or of a subscription, by its account's time. */
export async function presentMsFor(
  { clocks, subscriptions }: Pick<ServiceParts, 'clocks' | 'subscriptions'>,
  session: ClientSession,
  organisationId: OrganisationId,
  grantee: Grantee,
): Promise<number> {
  switch (grantee.kind) {
    case 'plan':
      return (await clocks.present(organisationId, session)).nowMs;
    case 'account':
      return (await clocks.presentOf(organisationId, grantee.accountId, session)).nowMs;
    case 'subscription': {
      const found = await subscriptions.find(organisationId, grantee.subscriptionId, session);
      const accountId = found?.accountId ?? '';
      return (await clocks.presentOf(organisationId, accountId, session)).nowMs;
    }
  }
}

/** The feature and the grantee that a draft names. Throws a DomainError of kind precondition when one is missing. */
async function named(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { featureId, grantee }: EntitlementDraft,
): Promise<{ feature: Feature; grantee: Grantee }> {
  const feature = await parts.features.find(organisationId, featureId, session);
  const found = await granteeOf(parts, session, organisationId, grantee);
  const violations: Violation[] = [];
  if (feature === undefined)
    violations.push({ field: 'feature_id', description: 'names no feature' });
  if (found === undefined)
    violations.push({ field: `${grantee.kind}_id`, description: 'names nothing that exists' });
  if (feature !== undefined && found !== undefined) return { feature, grantee: found };
  throw precondition(
    'ENTITLEMENT_UNRESOLVED',
    'The feature or the grantee does not exist.',
    violations,
  );
}

/** Whom the id names; undefined where there is nobody of that id. */
export async function granteeOf(
  { plans, subscriptions, accounts }: Pick<ServiceParts, 'plans' | 'subscriptions' | 'accounts'>,
  session: ClientSession,
  organisationId: OrganisationId,
  { kind, id }: EntitlementDraft['grantee'],
): Promise<Grantee | undefined> {
  switch (kind) {
    case 'plan': {
      const plan = await plans.find(organisationId, id, undefined, session);
      return plan && { kind, planId: plan.id };
    }
    case 'subscription': {
      const subscription = await subscriptions.find(organisationId, id, session);
      return subscription && { kind, subscriptionId: subscription.id };
    }
    case 'account': {
      const account = await accounts.find(organisationId, id, session);
      return account && { kind, accountId: account.id };
    }
  }
}
