import { partitionOf } from './partition';

/** As many partitions as there are hashes: the hash itself. */
const hash = (organisationId: string, accountId: string) =>
  partitionOf(organisationId, accountId, 2 ** 32);

test('the hash is FNV-1a of 32 bits over organisation, NUL and account', () => {
  // The published value for one zero byte.
  expect(hash('', '')).toBe(0x050c5d1f);
  const byHand = [...Buffer.from('org_1\0ä€𝄞')].reduce(
    (value, byte) => Number((BigInt(value ^ byte) * 0x01000193n) & 0xffffffffn) >>> 0,
    0x811c9dc5,
  );
  expect(hash('org_1', 'ä€𝄞')).toBe(byHand);
});

test.each([
  ['org_01', 'acct_67890', 11],
  ['org_01', 'acct_67891', 8],
  ['org_02', 'acct_67890', 8],
])('account %s/%s lies for ever in partition %i of 16', (organisationId, accountId, partition) => {
  expect(partitionOf(organisationId, accountId)).toBe(partition);
});

test('what ends the organisation does not begin the account', () => {
  expect(hash('org_1', '2')).not.toBe(hash('org_12', ''));
});

test('accounts spread evenly', () => {
  const counts = new Array<number>(16).fill(0);
  for (let account = 0; account < 16_000; account += 1) {
    const partition = partitionOf('org_01', `acct_${account}`);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});
