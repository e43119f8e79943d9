import { MinKey } from 'mongodb';
import { planSharding, splitPoints } from './plan';
import { SHARDED } from './shard-keys';

const accounts = Array.from({ length: 1_000 }, (_, index) => ({
  organisationId: 'org_1',
  accountId: `acct_${String(index).padStart(4, '0')}`,
}));

test('split points part what is there evenly, each once', () => {
  expect(splitPoints([...'abcdefgh'], 4)).toEqual(['c', 'e', 'g']);
  expect(splitPoints(['a', 'b'], 8)).toEqual(['b']);
  expect(splitPoints([], 8)).toEqual([]);
});

test('every collection gets its key before its splits', () => {
  const plan = planSharding(2, 4, { accounts, filled: new Set() });
  for (const { database, collection } of SHARDED) {
    const own = plan.filter(({ command }) =>
      Object.values(command).includes(`${database}.${collection}`),
    );
    expect(own[0]?.command).toHaveProperty('shardCollection');
  }
  expect(plan).toContainEqual({
    command: {
      split: 'metering.segments',
      middle: { o: 'org_1', a: 'acct_0500', en: new MinKey(), lt: new MinKey() },
    },
    because: 'a part of the accounts',
  });
});

test('a split never parts what one account has of usage', () => {
  const plan = planSharding(2, 4, { accounts, filled: new Set() });
  const middles = plan.flatMap(({ command }) => (command['middle'] as object | undefined) ?? []);
  expect(middles).toContainEqual({ _id: 'org_1/acct_0500/' });
});

test('the ledger of keys is split from the start, but not when it holds keys', () => {
  const chunksOf = (filled: Set<string>) =>
    planSharding(3, 8, { accounts: [], filled }).find(
      ({ command }) => command['shardCollection'] === 'metering.event_keys',
    )?.command['numInitialChunks'];
  expect(chunksOf(new Set())).toBe(24);
  expect(chunksOf(new Set(['metering.event_keys']))).toBeUndefined();
});
