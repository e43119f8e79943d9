import type { AccountId, CreditGrantId, CreditUnitId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { DAY_MS } from '@billingrails/time';
import type { GrantBalance } from './burn-down';
import type { CreditEntry, EntryKind } from './credit-entry';
import type { CreditGrant } from './credit-grant';
import { grantsGone } from './grants-gone';

const EXPIRY_DAY = 5;
const ZERO = decimal(0n);

const grant = (changes: Partial<CreditGrant> = {}): CreditGrant => ({
  ...{ id: 'cgr_1' as CreditGrantId, accountId: 'acct_1' as AccountId },
  ...{ creditUnitId: 'cun_1' as CreditUnitId, amount: decimal(10n), category: 'paid' },
  ...{ priority: 1, effectiveMs: 0, expiryMs: EXPIRY_DAY * DAY_MS, memo: '', createMs: 0 },
  ...changes,
});

/** What has become of the grant: so much burned of ten. */
function balance(burned: bigint, of = grant()): GrantBalance {
  const parts = { expired: ZERO, lapsed: ZERO, voided: ZERO, takenBack: ZERO, pending: ZERO };
  return { grant: of, burned: decimal(burned), remaining: decimal(10n - burned), ...parts };
}

const entry = (sequence: number, kind: EntryKind, day: number, amount: bigint): CreditEntry => ({
  ...{ sequence, kind, dayMs: day * DAY_MS, amount: decimal(amount), balance: ZERO, postMs: 0 },
  ...{ creditGrantId: 'cgr_1' as CreditGrantId, category: 'paid' },
});

const told = (...question: Parameters<typeof grantsGone>): string[] =>
  grantsGone(...question).map(({ how, ms, sequence }) => `${how} day ${ms / DAY_MS} #${sequence}`);

test('a grant is used up with the entry by which all of it is burned, and not again by others', () => {
  const first = [entry(1, 'granted', 0, 10n), entry(2, 'burned', 1, 4n)];
  expect(told([balance(4n)], first, [])).toEqual([]);
  const second = [entry(3, 'burned', 2, 6n)];
  expect(told([balance(10n)], second, first)).toEqual(['used_up day 3 #3']);
  expect(told([balance(10n)], [], [...first, ...second])).toEqual([]);
  // One day burned less and another as much more: nothing was left before, either.
  const moved = [entry(4, 'burned', 1, -1n), entry(5, 'burned', 2, 1n)];
  expect(told([balance(10n)], moved, [...first, ...second])).toEqual([]);
});

test('one that was given back to is used up again', () => {
  const posted = [entry(1, 'burned', 1, 10n), entry(2, 'burned', 1, -3n)];
  expect(told([balance(7n)], posted.slice(1), posted.slice(0, 1))).toEqual([]);
  expect(told([balance(10n)], [entry(3, 'burned', 2, 3n)], posted)).toEqual(['used_up day 3 #3']);
});

test('one of which something was left at its end has expired, once, whatever that comes to later', () => {
  const end = entry(2, 'expired', EXPIRY_DAY, 6n);
  expect(told([balance(4n)], [end], [entry(1, 'burned', 1, 4n)])).toEqual(['expired day 5 #2']);
  const corrected = [entry(3, 'burned', 1, -1n), entry(4, 'expired', EXPIRY_DAY, 1n)];
  expect(told([balance(3n)], corrected, [entry(1, 'burned', 1, 4n), end])).toEqual([]);
});

test('what lapses between cycles, or was made void, has not expired', () => {
  expect(told([balance(4n)], [entry(1, 'expired', 3, 2n)], [])).toEqual([]);
  const voided = grant({ voidMs: EXPIRY_DAY * DAY_MS });
  expect(told([balance(4n, voided)], [entry(1, 'voided', EXPIRY_DAY, 6n)], [])).toEqual([]);
});
