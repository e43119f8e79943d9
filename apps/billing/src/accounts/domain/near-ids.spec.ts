import { NearIds } from './near-ids';

function near(wanted: string, ...known: string[]): string[] {
  const ids = new NearIds([wanted, 'another']);
  for (const id of known) ids.look(id);
  return ids.near(wanted);
}

test.each([
  ['swapped letters', 'acct_67980', 'acct_67890'],
  ['a missing letter', 'acct_6789', 'acct_67890'],
  ['a letter too many', 'acct_678890', 'acct_67890'],
  ['a wrong letter', 'acct_67897', 'acct_67890'],
  ['case and punctuation', 'ACCT-67890', 'acct_67890'],
  ['a wrong first letter', 'bcct_67890', 'acct_67890'],
])('%s: %s is near %s', (_, wanted, known) => {
  expect(near(wanted, known)).toEqual([known]);
});

test.each([
  ['three wrong letters', 'acct_12390', 'acct_67890'],
  ['too short to tell', 'a1', 'b1'],
  ['another altogether', 'globex', 'initech'],
])('%s: %s is not near %s', (_, wanted, known) => {
  expect(near(wanted, known)).toEqual([]);
});

test('of many the nearest three are told, nearest first', () => {
  const many = Array.from({ length: 50 }, (_, index) => `acct_10${index + 10}`);
  expect(near('acct_1015', ...many, 'ACCT_1015', 'acct_105')).toEqual([
    'ACCT_1015',
    'acct_1015',
    'acct_105',
  ]);
});
