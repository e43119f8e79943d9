import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { BillingRules } from '../../late/domain/adjustment';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { effectiveSettings, type SettingsOwner } from '../domain/billing-settings';
import type { BillingSettingsStore } from '../store/billing-settings';

/** What holds where nobody says otherwise, and who may. */
export interface RulesParts {
  readonly billingSettings: BillingSettingsStore;
  /** How long usage may still arrive after its cycle has ended, where no settings say otherwise. */
  readonly graceMs: number;
  /** How many closed cycles can be adjusted. */
  readonly adjustCycles: number;
}

type Owned = Pick<Subscription, 'id' | 'accountId'>;

const ORGANISATION = { kind: 'organisation' } as const;

/** By what rules each of these subscriptions of an organisation is billed. */
export async function rulesOf(
  { billingSettings, graceMs, adjustCycles }: RulesParts,
  organisationId: OrganisationId,
  subscriptions: readonly Owned[],
  session?: ClientSession,
): Promise<(subscription: Owned) => BillingRules> {
  const accountIds = new Set(subscriptions.map(({ accountId }) => accountId));
  const owners: SettingsOwner[] = [
    ORGANISATION,
    ...[...accountIds].map((id) => ({ kind: 'account', id }) as const),
    ...subscriptions.map(({ id }) => ({ kind: 'subscription', id }) as const),
  ];
  const found = await billingSettings.findMany(organisationId, owners, session);
  const own = new Map(owners.map((owner, index) => [ownerKey(owner), found[index]]));
  return ({ id, accountId }) => {
    const narrowestFirst = [
      own.get(ownerKey({ kind: 'subscription', id })),
      own.get(ownerKey({ kind: 'account', id: accountId })),
      own.get(ownerKey(ORGANISATION)),
    ];
    return { adjustCycles, ...effectiveSettings(narrowestFirst, graceMs) };
  };
}

/** The same of one. */
export async function rulesOfOne(
  parts: RulesParts,
  organisationId: OrganisationId,
  subscription: Owned,
  session?: ClientSession,
): Promise<BillingRules> {
  return (await rulesOf(parts, organisationId, [subscription], session))(subscription);
}

function ownerKey(owner: SettingsOwner): string {
  return owner.kind === 'organisation' ? owner.kind : `${owner.kind}/${owner.id}`;
}
