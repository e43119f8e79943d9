import { DomainError } from '@billingrails/errors';
import { isAccountId, type AccountId } from '@billingrails/ids';
import type { Account } from './account';
import { changedAccount, checkParent, type AccountChange } from './change-account';
import { payerOf } from './payer';

const idOf = (text: string): AccountId => {
  if (!isAccountId(text)) throw new Error('Tests name accounts as callers may.');
  return text;
};

const account = (id: string, changes: Partial<Account> = {}): Account => ({
  ...{ id: idOf(id), name: id, email: '', createMs: 0 },
  ...{ billedTo: 'self', invoiceGrouping: 'joint' },
  ...changes,
});

const child = account('child', { parentId: idOf('parent'), billedTo: 'parent' });

test.each<[string, Account, AccountChange, Partial<Account>]>([
  ['nothing asked', child, {}, child],
  ['a first parent pays', account('a'), { parentId: idOf('p') }, { billedTo: 'parent' }],
  [
    'a first parent does not pay where that is said',
    account('a'),
    { parentId: idOf('p'), billedTo: 'self' },
    { parentId: idOf('p'), billedTo: 'self' },
  ],
  ['another parent pays on', child, { parentId: idOf('p') }, { billedTo: 'parent' }],
  [
    'another parent of one that pays for itself',
    { ...child, billedTo: 'self' },
    { parentId: idOf('p') },
    { billedTo: 'self' },
  ],
  ['without a parent it pays for itself', child, { parentId: '' }, { billedTo: 'self' }],
])('%s', (_, before, change, after) => {
  expect(changedAccount(before, change)).toMatchObject(after);
});

const violationOf = (act: () => unknown): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    const [violation] = error instanceof DomainError ? error.violations : [];
    return violation && `${violation.field} ${violation.description}`;
  }
};

test('a parent can only be billed where there is one', () => {
  expect(violationOf(() => changedAccount(account('a'), { billedTo: 'parent' }))).toBe(
    'billed_to needs a parent_account_id',
  );
});

test.each<[string, string[], number, string | undefined]>([
  ['a parent', ['p'], 0, undefined],
  ['four above', ['p', 'q', 'r', 's'], 0, undefined],
  [
    'five above',
    ['p', 'q', 'r', 's', 't'],
    0,
    'would put 6 accounts above each other, of at most 5',
  ],
  [
    'two above and three below',
    ['p', 'q'],
    3,
    'would put 6 accounts above each other, of at most 5',
  ],
  ['itself', ['child'], 0, 'is this account, or below it'],
  ['one below it', ['p', 'child'], 1, 'is this account, or below it'],
  ['nobody', [], 0, 'names no account'],
])('%s as a parent', (_, above, levelsBelow, description) => {
  const kinship = { above: above.map((id) => account(id)), levelsBelow };
  const expected = description && `parent_account_id ${description}`;
  expect(violationOf(() => checkParent(child, kinship))).toBe(expected);
});

test('who pays is the first above that pays for itself', () => {
  const parent = account('parent', { parentId: idOf('top') });
  const grandchild = account('grandchild', { parentId: child.id, billedTo: 'parent' });
  const all = new Map([child, parent, grandchild].map((each) => [each.id as string, each]));
  expect([grandchild, child, parent].map((each) => payerOf(each, all).id)).toEqual([
    'parent',
    'parent',
    'parent',
  ]);
});
