import type { OrganisationId } from '@billingrails/ids';
import { markSubscription, type MarkParts } from '../../late/use-cases/mark-changed';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditGrantStore } from '../store/credit-grants';
import type { CreditUnitStore } from '../store/credit-units';

/** What this needs. */
export interface RebillParts extends MarkParts {
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
}

/**
 * After credits were granted from a past instant on: sees to it that subscriptions have a bill for it which would have
 * none any more, or have such bills of their own. Doing it again comes to the same.
 */
export async function rebillGranted(
  parts: RebillParts,
  organisationId: OrganisationId,
  creditGrantId: CreditGrant['id'],
): Promise<void> {
  const granted = await parts.creditGrants.find(organisationId, creditGrantId);
  if (granted === undefined || granted.effectiveMs >= granted.createMs) return;
  const { accountId, creditUnitId, effectiveMs } = granted;
  const unit = await parts.creditUnits.find(organisationId, creditUnitId);
  if (unit?.overage !== 'billed') return;
  for (const subscription of await parts.subscriptions.ofAccount(organisationId, accountId)) {
    const { startMs, endMs = Infinity } = subscription;
    if (effectiveMs < endMs)
      await markSubscription(parts, organisationId, subscription, Math.max(effectiveMs, startMs));
  }
}
