import type { AccountId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { grantedToAccount } from '../../recurring-credits/domain/instances';
import type { RecurringGrant } from '../../recurring-credits/domain/recurring-grant';
import { burnDown } from './burn-down';
import type { CreditGrant } from './credit-grant';
import { Wallet } from './money/taking';
import { balanceAt, balanceText, grant, type Use } from './testing/balance-at';

/**
 * Worked cases of other billing systems, each by its name: what any right system agrees with is as there. Where one
 * chose otherwise, ours stands here, theirs in docs/credits.md.
 */
const at = (text: string) => Date.parse(`${text}Z`);
const days = (effective: string, expiry: string, priority = 1) => {
  return { effectiveMs: at(effective), expiryMs: at(expiry), priority };
};

test('cr-om-no-grants: without any grant all usage is overage', () => {
  const [startMs, endMs] = [at('2024-01-01T00:00'), at('2024-01-31T00:00')];
  const consumed = decimal('50');
  const balance = burnDown([], [{ startMs, endMs, consumed }], 'left', endMs);
  expect(balanceText(balance)).toEqual({
    ...{ available: '0', used: '50', overage: '50', remaining: [] },
  });
});

test.each<[string, CreditGrant[], Use[], string, object]>([
  [
    'cr-om-expired: a grant that has expired covers nothing',
    [grant('g1', '100', days('2023-01-01T00:00', '2023-01-02T00:00'))],
    [[at('2024-01-01T01:00'), '50']],
    '2024-01-06T00:00',
    { available: '0', overage: '50', remaining: ['cgr_g1 0'] },
  ],
  [
    'cr-om-expiry-first-many: of many grants the one that expires first is burned',
    [
      grant('g1', '100', days('2024-01-01T00:00', '2024-01-30T00:00')),
      grant('g2', '100', days('2024-01-01T00:00', '2024-01-31T00:00')),
      grant('g3', '100', days('2024-01-01T00:00', '2024-01-31T00:00')),
    ],
    [[at('2024-01-01T01:00'), '99']],
    '2024-01-02T00:00',
    {
      ...{ available: '201', overage: '0' },
      remaining: ['cgr_g1 1', 'cgr_g2 100', 'cgr_g3 100'],
    },
  ],
  [
    'cr-lago-single: a part of a grant is spent',
    [grant('g1', '100', { effectiveMs: at('2022-12-01T00:00'), priority: 50 })],
    [[at('2022-12-02T00:00'), '40']],
    '2022-12-03T00:00',
    { available: '60', used: '40', remaining: ['cgr_g1 60'] },
  ],
  [
    'cr-lago-void: a part of a grant is taken back',
    [
      grant('g1', '100', {
        ...{ effectiveMs: at('2022-12-01T00:00'), priority: 50 },
        partialVoids: [{ ms: at('2022-12-02T00:00'), amount: decimal('40') }],
      }),
    ],
    [],
    '2022-12-03T00:00',
    { available: '60', remaining: ['cgr_g1 60'] },
  ],
  [
    'cr-om-becomes-active: no usage from before it takes effect (chosen)',
    [grant('g1', '100', days('2024-01-01T00:00', '2024-01-31T00:00'))],
    [
      [at('2023-12-31T23:00'), '25'],
      [at('2024-01-01T01:00'), '25'],
    ],
    '2024-01-02T00:00',
    { available: '75', overage: '0' },
  ],
])('%s', (_name, grants, uses, time, expected) => {
  expect(balanceText(balanceAt(at(time), grants, uses))).toMatchObject(expected);
});

test.each([
  ['cr-fp-prorated-grant-3: granted where its cycle begins', '2025-01-01T00:00', '100'],
  ['cr-fp, in its middle', '2025-01-16T12:00', '50'],
  ['cr-fp, on the 20th of 31 days', '2025-01-20T00:00', '38.70967742'],
])('%s, 100 are %s: %s', (_name, start, granted) => {
  const startMs = at(start);
  const recurring: RecurringGrant = {
    ...{ id: 'rcg_1', creditUnitId: 'cun_1', category: 'paid', priority: 1, memo: '' },
    ...{ amount: decimal('100'), rolloverCycles: 0, startMs, createMs: startMs },
    proratedDigits: 8,
    grantee: { kind: 'account', accountId: 'acct_1' as AccountId },
    interval: { rule: { unit: 'month', count: 1, anchor: { kind: 'calendar' } }, timeZone: 'UTC' },
  };
  const span = { fromMs: startMs, nowMs: startMs };
  const { grants } = grantedToAccount(recurring, 'acct_1' as AccountId, span);
  expect(grants.map(({ amount }) => decimalText(amount))).toEqual([granted]);
});

/** What an amount in money takes of prepaid grants. */
function paid(grants: readonly CreditGrant[], minorUnits: bigint): string[] {
  const wallet = new Wallet('USD', grants, new Map());
  return wallet
    .pay('acct_1' as AccountId, minorUnits, 0)
    .map(({ creditGrantId, amount }) => `${creditGrantId} ${decimalText(amount)}`);
}

test('cr-fp-two-wallets: two grants pay one after the other', () => {
  const grants = [grant('wa', '30'), grant('wb', '40')];
  expect(paid(grants, 5_000n)).toEqual(['cgr_wa 30', 'cgr_wb 20']);
});

test('cr-fp-usage-only: prepaid credits pay the whole invoice, whatever its lines are for (chosen)', () => {
  expect(paid([grant('w1', '100')], 10_000n)).toEqual(['cgr_w1 100']);
});
