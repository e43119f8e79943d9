import { assert } from '@billingrails/errors';
import type { Account } from './account';

/** At most so many accounts are above each other. */
export const ACCOUNT_LEVELS_MAX = 5;

/** Who owes what an account is billed: itself, or, going up as far as parents pay, the first that pays for itself. */
export function payerOf(account: Account, others: ReadonlyMap<string, Account>): Account {
  let payer = account;
  for (let level = 0; level < ACCOUNT_LEVELS_MAX; level += 1) {
    if (payer.billedTo === 'self' || payer.parentId === undefined) return payer;
    const parent = others.get(payer.parentId);
    assert(parent !== undefined, 'a parent that pays was read with the account');
    payer = parent;
  }
  assert(false, 'accounts are not above each other in a circle');
}

/** The parents that pay for accounts and are not among them. */
export function missingPayers(accounts: ReadonlyMap<string, Account>): string[] {
  return [...accounts.values()].flatMap(({ billedTo, parentId }) =>
    billedTo === 'parent' && parentId !== undefined && !accounts.has(parentId) ? [parentId] : [],
  );
}
