import { notFound, unavailable } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { decideAccess, type AccessDecision, type Grant } from '../domain/access-decision';
import type { MeterProfile } from '../../catalogue/domain/fee';
import type { PlanRef } from '../../catalogue/domain/plan';
import type { Entitlement, Feature } from '../domain/feature';
import { lastTermsAt } from '../../subscriptions/domain/present';
import { isGranting } from '../../subscriptions/domain/terms';
import { periodAt, usedPeriod } from '../../subscriptions/domain/subscription';
import { mapBounded } from '../../usage/bounded';
import type { Metering } from '../../usage/metering';
import { granteeIdOf } from '../store/entitlements';
import type { ServiceParts } from '../../service-parts';

/** Usage queries of one question at the same time: one for each subscription that grants the feature. */
const QUERIES_AT_ONCE = 8;

/** Who asks to use what. */
export interface AccessQuestion {
  readonly accountId: string;
  readonly featureCode: string;
  /** How much is to be used; unset: any. */
  readonly quantity: Decimal | undefined;
  /** From an ingest answer: its events are counted first. Empty: whatever is counted. */
  readonly consistencyToken: string;
}

/** An entitlement that applies to a subscription whose cycle `period` contains the organisation's present. */
interface Candidate {
  readonly entitlement: Entitlement;
  readonly period: Period;
  /** The part of it up to the present. */
  readonly usedPeriod: Period;
  readonly timeZone: string;
}

/**
 * Answers whether an account may use a feature now. Throws a DomainError: of kind not_found when there is no such
 * account or feature, unavailable when its usage cannot be read, or only in part, just now.
 */
export async function checkAccess(
  parts: ServiceParts,
  organisationId: OrganisationId,
  question: AccessQuestion,
  signal: AbortSignal,
): Promise<AccessDecision> {
  const [account, feature] = await Promise.all([
    parts.accounts.find(organisationId, question.accountId),
    parts.features.findByCode(organisationId, question.featureCode),
  ]);
  if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (feature === undefined)
    throw notFound('FEATURE_NOT_FOUND', 'There is no feature of that code.');
  const candidates = await candidatesOf(parts, organisationId, account.id, feature);
  const { meterProfile } = feature;
  const grants: Grant[] =
    meterProfile === undefined
      ? candidates
      : await mapBounded(candidates, QUERIES_AT_ONCE, async (candidate) => {
          const asked = {
            organisationId,
            accountId: account.id,
            meterProfile,
            period: candidate.usedPeriod,
            timeZone: candidate.timeZone,
          };
          const { consistencyToken } = question;
          return {
            ...candidate,
            used: await usedOf(parts.metering, { ...asked, consistencyToken, signal }),
          };
        });
  return decideAccess(grants, question.quantity);
}

/**
 * What the account's started subscriptions that are not paused, oldest first, are entitled to: by themselves, or else
 * by their plan and then by their add-ons.
 */
async function candidatesOf(
  { clocks, subscriptions, entitlements }: ServiceParts,
  organisationId: OrganisationId,
  accountId: AccountId,
  feature: Feature,
): Promise<Candidate[]> {
  const { nowMs } = await clocks.present(organisationId);
  const started = (await subscriptions.ofAccount(organisationId, accountId)).flatMap(
    (subscription) => {
      const period = periodAt(subscription, nowMs);
      const terms = lastTermsAt(subscription, nowMs);
      return period === undefined || !isGranting(terms)
        ? []
        : [{ subscription, planIds: [terms, ...(terms.addOns ?? [])].map(planIdOf), period }];
    },
  );
  const granteeIds = started.flatMap(({ subscription: { id }, planIds }) => [id, ...planIds]);
  const granted = await entitlements.findGrants(organisationId, feature.id, [
    ...new Set(granteeIds),
  ]);
  const byGrantee = new Map(
    granted.map((entitlement) => [granteeIdOf(entitlement.grantee), entitlement]),
  );
  return started.flatMap(({ subscription: { id, timeZone }, planIds, period }) => {
    const own = byGrantee.get(id);
    const granting = own === undefined ? planIds.map((planId) => byGrantee.get(planId)) : [own];
    return granting
      .filter((entitlement) => entitlement !== undefined)
      .map((entitlement) => {
        return { entitlement, period, usedPeriod: usedPeriod(period, nowMs), timeZone };
      });
  });
}

const planIdOf = ({ planId }: PlanRef) => planId;

/** What was used in the cycle; a maximum, minimum or latest of nothing is 0. */
async function usedOf(
  metering: Metering,
  question: Parameters<Metering['usage']>[0] & { readonly meterProfile: MeterProfile },
): Promise<Decimal> {
  const { quantity, partial } = await metering.usage(question);
  // Counted in part it would let through what the limit forbids.
  if (partial) throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
  return quantity ?? decimal(0n);
}
