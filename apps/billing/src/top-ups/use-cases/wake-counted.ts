import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { CountedEvents } from '../../usage/counted-events';
import type { TopUpRuleStore } from '../store/top-up-rules';

/** Has the rules of accounts looked at whose events were just counted. */
export async function wakeCounted(
  parts: { readonly topUpRules: TopUpRuleStore; readonly nudge: () => void },
  counted: ReadonlyMap<OrganisationId, CountedEvents>,
): Promise<void> {
  for (const [organisationId, byName] of counted) {
    const accountIds = new Set<AccountId>();
    for (const accounts of byName.values()) for (const id of accounts) accountIds.add(id);
    await parts.topUpRules.wake(organisationId, [...accountIds]);
  }
  parts.nudge();
}
