import type { AccountId, OrganisationId } from '@billingrails/ids';
import { isOfAccount } from '../../clocks/domain/clock-name';
import type { ClockStore } from '../../clocks/store/clocks';
import { grantDue, type GrantDueParts } from './grant-due';

/** What granting by the time of accounts needs. */
export interface GrantDueOfParts extends GrantDueParts {
  readonly clocks: ClockStore;
}

/**
 * Grants all credits that have fallen due for the accounts, each by its own time; with those that live by the
 * organisation's all of these.
 */
export async function grantDueOf(
  parts: GrantDueOfParts,
  organisationId: OrganisationId,
  accountIds: readonly AccountId[],
): Promise<void> {
  const presentOf = await parts.clocks.presentsOf(organisationId, accountIds);
  const own = accountIds.filter((id) => isOfAccount(presentOf(id).clock));
  for (const accountId of own)
    await grantDue(parts, organisationId, { nowMs: presentOf(accountId).nowMs, accountId });
  if (own.length === accountIds.length) return;
  const [clocks, { nowMs }] = await Promise.all([
    parts.clocks.accountClocks(organisationId),
    parts.clocks.present(organisationId),
  ]);
  const except = clocks.flatMap(({ accountId }) => accountId ?? []);
  await grantDue(parts, organisationId, { nowMs, except });
}
