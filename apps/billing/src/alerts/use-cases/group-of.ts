import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { AccountStore } from '../../accounts/store/accounts';
import type { Alert } from '../domain/alert';

/** Where accounts below others are found. */
export interface GroupParts {
  readonly accounts: Pick<AccountStore, 'childrenOf'>;
}

/** The account, and all below it. */
export async function groupOf(
  { accounts }: GroupParts,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<AccountId[]> {
  const group = new Set([accountId]);
  for (let level = [accountId]; level.length > 0;) {
    const children = await accounts.childrenOf(organisationId, level);
    level = children.map(({ id }) => id).filter((id) => !group.has(id));
    for (const id of level) group.add(id);
  }
  return [...group];
}

/** The accounts that count in the alert's figure of the account. */
export async function countedIn(
  parts: GroupParts,
  organisationId: OrganisationId,
  { figure }: Alert,
  accountId: AccountId,
): Promise<AccountId[]> {
  const isGroup = 'includeChildren' in figure && figure.includeChildren;
  return isGroup ? groupOf(parts, organisationId, accountId) : [accountId];
}
