import type { AccountId, CreditUnitId, OrganisationId } from '@billingrails/ids';
import { grantDueOf } from '../../recurring-credits/use-cases/grant-due-of';
import { burnDown, spansOf, type CreditBalance } from '../domain/burn-down';
import type { CreditGrant } from '../domain/credit-grant';
import { moneyBalance } from '../domain/money/money-balance';
import { consumedIn } from './consumption';
import type { BalanceParts } from './credit-balance';

/** Whose balances, at an instant that is present to all of them. */
export interface BalancesQuestion {
  readonly accountIds: readonly AccountId[];
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/**
 * What accounts have of a unit, each by itself when its usage was read: grants are read once for all, and usage is
 * asked for together. An account without grants has none.
 */
export async function creditBalances(
  parts: BalanceParts,
  organisationId: OrganisationId,
  creditUnitId: CreditUnitId,
  { accountIds, nowMs, signal }: BalancesQuestion,
): Promise<Map<AccountId, Promise<Omit<CreditBalance, 'state'>>>> {
  const { creditUnits, creditGrants, creditUses, metering } = parts;
  const unit = await creditUnits.find(organisationId, creditUnitId);
  if (unit === undefined) return new Map();
  await grantDueOf(parts, organisationId, accountIds);
  const byAccount = new Map<AccountId, CreditGrant[]>();
  for (const grant of await creditGrants.ofAccounts(organisationId, accountIds, unit.id)) {
    const own = byAccount.get(grant.accountId) ?? [];
    byAccount.set(grant.accountId, [...own, grant]);
  }
  const granted = [...byAccount];
  if (unit.currencyCode !== undefined) {
    const uses = await creditUses.ofAccounts(organisationId, [...byAccount.keys()], unit.id);
    return new Map(
      granted.map(([accountId, grants]) => {
        const own = uses.filter((use) => use.accountId === accountId);
        return [accountId, Promise.resolve(moneyBalance(grants, own, nowMs))];
      }),
    );
  }
  const balanceOf = async (accountId: AccountId, grants: readonly CreditGrant[]) => {
    const consumer = { organisationId, accountId, consistencyToken: '', signal };
    const spans = await consumedIn(metering, unit.rates, spansOf(grants, nowMs), consumer);
    return burnDown(grants, spans, unit.overage, nowMs);
  };
  return new Map(granted.map(([accountId, grants]) => [accountId, balanceOf(accountId, grants)]));
}
