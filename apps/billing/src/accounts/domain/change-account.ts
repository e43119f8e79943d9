import { invalid, precondition, type Violation } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import type { Account, BilledTo, InvoiceGrouping } from './account';
import { ACCOUNT_LEVELS_MAX } from './payer';

/** What is asked of an account; unset: as it is. */
export interface AccountChange {
  readonly name?: string;
  readonly email?: string;
  /** Empty: none. */
  readonly parentId?: AccountId | '';
  readonly billedTo?: BilledTo;
  readonly invoiceGrouping?: InvoiceGrouping;
}

/**
 * The account as it is asked to be. Who has no parent pays for itself; with its first parent an account is billed to
 * that, unless otherwise is asked for. Throws a DomainError invalid where nobody could be billed.
 */
export function changedAccount(account: Account, change: AccountChange): Account {
  const { parentId: before, ...rest } = account;
  const { parentId: asked = before ?? '', ...changes } = change;
  const parentId = asked === '' ? undefined : asked;
  const usual = before === undefined && parentId !== undefined ? 'parent' : account.billedTo;
  const billedTo = change.billedTo ?? (parentId === undefined ? 'self' : usual);
  if (billedTo === 'parent' && parentId === undefined)
    throw refusedParent([{ field: 'billed_to', description: 'needs a parent_account_id' }]);
  return { ...rest, ...changes, billedTo, ...(parentId === undefined ? {} : { parentId }) };
}

/** What stands around an account and the parent that it is to have. */
export interface Kinship {
  /** The parent, and what is above it, upwards; empty where there is no such account. */
  readonly above: readonly Account[];
  /** How many levels of accounts are below the account. */
  readonly levelsBelow: number;
}

/** Throws a DomainError where the account cannot have the parent: precondition where there is none, else invalid. */
export function checkParent(account: Account, { above, levelsBelow }: Kinship): void {
  if (account.parentId === undefined) return;
  const refused = (description: string) =>
    refusedParent([{ field: 'parent_account_id', description }]);
  if (above.length === 0)
    throw precondition('ACCOUNT_PARENT_UNRESOLVED', 'The parent does not exist.', [
      { field: 'parent_account_id', description: 'names no account' },
    ]);
  if (above.some(({ id }) => id === account.id)) throw refused('is this account, or below it');
  if (account.isTest === true || above.some(({ isTest }) => isTest === true))
    throw refused('must be left out: a test account, with a clock of its own, is by itself');
  const levels = above.length + 1 + levelsBelow;
  if (levels > ACCOUNT_LEVELS_MAX)
    throw refused(
      `would put ${levels} accounts above each other, of at most ${ACCOUNT_LEVELS_MAX}`,
    );
}

function refusedParent(violations: readonly Violation[]) {
  const message = 'The account cannot belong to that parent, or be paid for by it.';
  return invalid('ACCOUNT_PARENT_INVALID', message, [...violations]);
}
