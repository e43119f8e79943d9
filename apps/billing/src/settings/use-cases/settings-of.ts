import { invalid, notFound } from '@billingrails/errors';
import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { agreementOf } from '../../bills/use-cases/prepare-bill';
import { thresholdViolations, type UsageThresholds } from '../../catalogue/domain/usage-thresholds';
import { thresholdsAt } from '../../looks/domain/looks';
import type { ServiceParts, SubscriptionParts } from '../../service-parts';
import { existing } from '../../subscriptions/use-cases/existing';
import { schedule } from '../../subscriptions/use-cases/schedule';
import {
  effectiveSettings,
  GRACE_MAX_MS,
  type BillingSettings,
  type OwnSettings,
  type SettingsOwner,
} from '../domain/billing-settings';

/** What an owner says, and what holds for it. */
export interface ShownSettings {
  readonly own: OwnSettings;
  readonly effective: BillingSettings;
}

/** Throws a DomainError not_found where there is no such owner. */
export async function settingsOf(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  owner: SettingsOwner,
  session?: ClientSession,
): Promise<ShownSettings> {
  const owners = await ownersFrom(parts, organisationId, owner, session);
  const found = await parts.billingSettings.findMany(organisationId, owners, session);
  const effective = effectiveSettings(found, parts.graceMs);
  const thresholds =
    owner.kind === 'subscription'
      ? await thresholdsOf(parts, organisationId, owner.id, effective, session)
      : undefined;
  return {
    own: found[0] ?? {},
    effective: { ...effective, ...(thresholds && { usageThresholds: thresholds }) },
  };
}

/** What a subscription's usage may come to before it is billed, by what it says or else its plan. */
async function thresholdsOf(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  id: string,
  effective: BillingSettings,
  session?: ClientSession,
): Promise<UsageThresholds | undefined> {
  const subscription = await existing(parts, organisationId, id, session);
  const { accountId } = subscription;
  const { nowMs } = await parts.clocks.presentOf(organisationId, accountId, session);
  const agreement = await agreementOf(parts, organisationId, subscription, session);
  return thresholdsAt(agreement, effective, nowMs);
}

/** The owner and the wider ones, from the narrowest on. */
async function ownersFrom(
  parts: ServiceParts,
  organisationId: OrganisationId,
  owner: SettingsOwner,
  session?: ClientSession,
): Promise<SettingsOwner[]> {
  switch (owner.kind) {
    case 'organisation':
      return [owner];
    case 'account': {
      const account = await parts.accounts.find(organisationId, owner.id, session);
      if (account === undefined)
        throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
      return [owner, { kind: 'organisation' }];
    }
    case 'subscription': {
      const { accountId } = await existing(parts, organisationId, owner.id, session);
      return [owner, { kind: 'account', id: accountId }, { kind: 'organisation' }];
    }
  }
}

/** Replaces what an owner says. Throws a DomainError not_found where there is no such owner. */
export async function replaceSettings(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  owner: SettingsOwner,
  settings: OwnSettings,
): Promise<ShownSettings> {
  await ownersFrom(parts, organisationId, owner, session);
  await refuseThresholds(parts, organisationId, owner, settings, session);
  await parts.billingSettings.replace(organisationId, owner, settings, session);
  if (owner.kind === 'subscription') await scheduleOwner(parts, session, organisationId, owner.id);
  return settingsOf(parts, organisationId, owner, session);
}

/** Refuses thresholds of who has no currency, and those that are none in its currency. */
async function refuseThresholds(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  owner: SettingsOwner,
  { usageThresholds }: OwnSettings,
  session: ClientSession,
): Promise<void> {
  if (usageThresholds === undefined) return;
  const field = 'settings.usage_thresholds';
  const violations =
    owner.kind === 'subscription'
      ? thresholdViolations(
          usageThresholds,
          (await existing(parts, organisationId, owner.id, session)).currencyCode,
          field,
        )
      : [{ field, description: 'must be unset: only a subscription, or a plan, has them' }];
  if (violations.length > 0)
    throw invalid('BILLING_SETTINGS_INVALID', 'The settings cannot be stored.', violations);
}

/** Whether its usage is watched may be different from now on. */
async function scheduleOwner(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  id: string,
): Promise<void> {
  const subscription = await existing(parts, organisationId, id, session);
  const { accountId } = subscription;
  const present = await parts.clocks.presentForSubscription(organisationId, accountId, session);
  await schedule(parts, session, organisationId, subscription, present);
}

/**
 * Lets the schedulers look at once at what the settings are of, as what falls due later by the old ones may be due by
 * the new. Once they are stored: what is looked at goes by them. Where it is not done, as the process ended just then,
 * a cycle that was scheduled is closed by the old ones.
 */
export async function wakeOwned(
  { due, clocks, subscriptions, nudge }: SubscriptionParts,
  organisationId: OrganisationId,
  owner: SettingsOwner,
): Promise<void> {
  const ownersAccount = async () => {
    if (owner.kind !== 'subscription') return owner.kind === 'account' ? owner.id : undefined;
    return (await subscriptions.find(organisationId, owner.id))?.accountId;
  };
  const subscriptionsOf = async () => {
    switch (owner.kind) {
      case 'organisation':
        return undefined;
      case 'account':
        return (await subscriptions.ofAccount(organisationId, owner.id as AccountId)).map(
          ({ id }) => id,
        );
      case 'subscription':
        return [owner.id as SubscriptionId];
    }
  };
  const accountId = await ownersAccount();
  const { nowMs } = await (accountId === undefined
    ? clocks.present(organisationId)
    : clocks.presentOf(organisationId, accountId));
  await due.wake(organisationId, await subscriptionsOf(), nowMs, GRACE_MAX_MS);
  await clocks.wake(organisationId);
  nudge();
}
