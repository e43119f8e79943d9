import { JOINT_MAX, togetherOf, type DueOfPayer } from './together';

const due = (subscriptionId: string, changes: Partial<DueOfPayer> = {}): DueOfPayer => ({
  ...{ subscriptionId, payerId: 'payer', atMs: 1, attempts: 0, isAlone: false, isFree: true },
  ...changes,
});

test.each<[string, DueOfPayer[], string[][], string[]]>([
  ['what falls due at one instant is claimed together', [due('b'), due('a')], [['a', 'b']], []],
  [
    'what falls due later waits',
    [due('a', { atMs: 2 }), due('b'), due('c', { atMs: 2 })],
    [['b']],
    ['a', 'c'],
  ],
  [
    'of several payers each has its own',
    [due('a'), due('b', { payerId: 'x' })],
    [['a'], ['b']],
    [],
  ],
  [
    'what another replica has is waited for by what falls due with it',
    [due('a'), due('b', { isFree: false })],
    [],
    ['a'],
  ],
  ['and by what falls due later', [due('a', { atMs: 2 }), due('b', { isFree: false })], [], ['a']],
  [
    'what was just asked for goes by itself',
    [due('a', { isAlone: true }), due('b'), due('c')],
    [['a'], ['b', 'c']],
    [],
  ],
  [
    'what was tried too often is waited for no longer',
    [due('a', { attempts: 3, isFree: false }), due('b', { atMs: 2 })],
    [['b']],
    [],
  ],
  [
    'after an outage it goes together all the same',
    [due('a', { attempts: 3 }), due('b', { attempts: 4 }), due('c', { atMs: 2, attempts: 3 })],
    [['a', 'b'], ['c']],
    [],
  ],
])('%s', (_, dues, groups, behind) => {
  expect(togetherOf(dues, 3)).toEqual({ groups, behind });
});

test('of too many for one invoice the first are claimed, then the next', () => {
  const dues = Array.from({ length: JOINT_MAX + 2 }, (_, index) => due(String(1000 + index)));
  const { groups, behind } = togetherOf(dues, 3);
  expect(groups.map((group) => group.length)).toEqual([JOINT_MAX]);
  expect(behind).toEqual(['1200', '1201']);
});
