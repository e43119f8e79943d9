import type { CreditGrantId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { utcDayOf } from '@billingrails/time';
import type { CreditBalance } from './burn-down';
import { endOf, type CreditCategory, type CreditGrant } from './credit-grant';

/** What an entry says; from which account of the ledger it moves credits to which is in `MOVES`. */
export type EntryKind =
  'granted' | 'burned' | 'expired' | 'voided' | 'overage' | 'borrowed' | 'paid_back';

/** The accounts of the ledger of an account's credits of a unit. They always sum to 0. */
export type LedgerAccount =
  'issued' | 'available' | 'used' | 'expired' | 'voided' | 'uncovered' | 'owed';

/** From which account an entry moves credits, and to which. */
export const MOVES: Readonly<Record<EntryKind, readonly [from: LedgerAccount, to: LedgerAccount]>> =
  {
    granted: ['issued', 'available'],
    burned: ['available', 'used'],
    expired: ['available', 'expired'],
    voided: ['available', 'voided'],
    overage: ['uncovered', 'used'],
    borrowed: ['owed', 'used'],
    paid_back: ['available', 'owed'],
  };

/** What is counted by itself: entries of one identity sum to what is so now. */
interface EntryIdentity {
  readonly kind: EntryKind;
  /** The UTC day that it happened on: its first instant. */
  readonly dayMs: number;
  /** Unset where no grant covers it. */
  readonly creditGrantId?: CreditGrantId;
  readonly category?: CreditCategory;
}

/** Credits that have moved. */
export interface Movement extends EntryIdentity {
  /** Below 0 where an entry takes back what an earlier one said. */
  readonly amount: Decimal;
}

/** A movement as it was posted: never edited, corrected by another. */
export interface CreditEntry extends Movement {
  /** From 1 without gaps for an account and unit. */
  readonly sequence: number;
  /** What the account's credits that may be burned come to with it and all before, less what is owed. */
  readonly balance: Decimal;
  /** When it became known, by the organisation's clock. */
  readonly postMs: number;
}

/** An entry with whose it is. */
export interface OwnedEntry extends CreditEntry {
  readonly accountId: string;
  readonly creditUnitId: string;
}

const ZERO = decimal(0n);

/**
 * All that has moved before an instant, by day, as it is known now; of days from `fromMs` on, a midnight of UTC from
 * which `burnings` were burned down.
 */
export function movementsOf(
  { grants, burnings }: Pick<CreditBalance, 'grants' | 'burnings'>,
  untilMs: number,
  fromMs = -Infinity,
): Movement[] {
  const moved: Movement[] = burnings.map(({ kind, startMs, grant, amount }) => ({
    ...{ kind, dayMs: utcDayOf(startMs), amount },
    ...(grant === undefined ? {} : identityOf(grant)),
  }));
  for (const { grant, expired, voided, lapsed, takenBack } of grants) {
    const beginMs = Math.min(grant.effectiveMs, endOf(grant));
    if (beginMs < untilMs)
      moved.push({
        kind: 'granted',
        dayMs: utcDayOf(beginMs),
        amount: grant.amount,
        ...identityOf(grant),
      });
    if (endOf(grant) >= untilMs) continue;
    const kind = voided.eq(takenBack) ? 'expired' : 'voided';
    // What is given back to a grant that has ended ends when it comes.
    const late = burnings.filter((each) => each.grant === grant && each.startMs >= endOf(grant));
    const back = late.reduce((sum, { amount }) => sum.sub(amount), ZERO);
    const ended = { kind, ...identityOf(grant) } as const;
    const amount = expired.sub(lapsed).add(voided).sub(takenBack).sub(back);
    moved.push(
      { ...ended, dayMs: utcDayOf(endOf(grant)), amount },
      ...late.map((each) => {
        return { ...ended, dayMs: utcDayOf(each.startMs), amount: each.amount.neg() };
      }),
    );
  }
  return summed(moved.filter(({ dayMs }) => fromMs <= dayMs && dayMs < untilMs));
}

/**
 * What must be posted so that all entries sum to what is so now, by day and kind. `posted` are those of the days of
 * `expected`, `last` is the newest of all.
 */
export function entriesToPost(
  expected: readonly Movement[],
  posted: readonly CreditEntry[],
  postMs: number,
  last = posted.at(-1),
): CreditEntry[] {
  const reversed = posted.map((entry) => ({ ...movementOf(entry), amount: entry.amount.neg() }));
  const missing = summed([...expected, ...reversed]).filter(({ amount }) => !amount.isZero());
  let balance = last?.balance ?? ZERO;
  return missing.sort(inOrder).map((movement, index) => {
    balance = balance.add(balanceChange(movement));
    return { ...movement, sequence: (last?.sequence ?? 0) + index + 1, balance, postMs };
  });
}

/** What the accounts of the ledger come to. */
export function accountsOf(entries: readonly Movement[]): Record<LedgerAccount, Decimal> {
  const sums: Record<LedgerAccount, Decimal> = {
    ...{ issued: ZERO, available: ZERO, used: ZERO },
    ...{ expired: ZERO, voided: ZERO, uncovered: ZERO, owed: ZERO },
  };
  for (const { kind, amount } of entries) {
    const [from, to] = MOVES[kind];
    sums[from] = sums[from].sub(amount);
    sums[to] = sums[to].add(amount);
  }
  return sums;
}

/** What a movement changes of what is available less what is owed. */
function balanceChange({ kind, amount }: Movement): Decimal {
  const [from, to] = MOVES[kind];
  const counts = (account: LedgerAccount) => account === 'available' || account === 'owed';
  const gained = counts(to) ? amount : ZERO;
  return counts(from) ? gained.sub(amount) : gained;
}

function movementOf({ kind, dayMs, creditGrantId, category, amount }: Movement): Movement {
  return {
    ...{ kind, dayMs, amount },
    ...(creditGrantId === undefined ? {} : { creditGrantId }),
    ...(category === undefined ? {} : { category }),
  };
}

const identityOf = ({ id, category }: CreditGrant) => ({ creditGrantId: id, category });

const keyOf = ({ kind, dayMs, creditGrantId }: Movement): string =>
  [kind, dayMs, creditGrantId].join(' ');

function summed(movements: readonly Movement[]): Movement[] {
  const sums = new Map<string, Movement>();
  for (const movement of movements) {
    const key = keyOf(movement);
    const amount = sums.get(key)?.amount.add(movement.amount) ?? movement.amount;
    sums.set(key, { ...movement, amount });
  }
  return [...sums.values()];
}

const KINDS = Object.keys(MOVES);

/** By day; on a day what was granted comes first. */
function inOrder(a: Movement, b: Movement): number {
  return (
    a.dayMs - b.dayMs ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    ((a.creditGrantId ?? '') < (b.creditGrantId ?? '') ? -1 : 1)
  );
}
