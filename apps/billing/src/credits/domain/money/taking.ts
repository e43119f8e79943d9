import type { AccountId, CreditGrantId } from '@billingrails/ids';
import { decimal, moneyText, toMoney, type Decimal } from '@billingrails/money';
import { burnsBefore, endOf, type CreditCategory, type CreditGrant } from '../credit-grant';
import type { CreditUsePart } from './credit-use';
import { takenBackBy } from './money-balance';

/** A grant in money, and what of it nothing has burned, in minor units. */
export interface GrantLeft {
  readonly grant: CreditGrant;
  readonly leftMinorUnits: bigint;
}

/** Credits in money of accounts, of one currency. What is taken is left for nobody else. */
export class Wallet {
  readonly #left = new Map<CreditGrantId, bigint>();
  readonly #byAccount = new Map<AccountId, CreditGrant[]>();

  constructor(
    readonly currencyCode: string,
    grants: readonly CreditGrant[],
    burned: ReadonlyMap<CreditGrantId, Decimal>,
  ) {
    for (const grant of [...grants].sort(burnsBefore)) {
      const { id, accountId, amount } = grant;
      const left = amount.sub(takenBackBy(grant, Infinity)).sub(burned.get(id) ?? decimal(0n));
      this.#left.set(id, toMoney(left, currencyCode).minorUnits);
      const others = this.#byAccount.get(accountId);
      if (others === undefined) this.#byAccount.set(accountId, [grant]);
      else others.push(grant);
    }
  }

  /** What of a grant nothing has burned, in minor units. */
  left(creditGrantId: CreditGrantId): bigint {
    return this.#left.get(creditGrantId) ?? 0n;
  }

  /** Those of an account that are in effect at an instant and have anything left, in the order of burning. */
  available(accountId: AccountId, category: CreditCategory, atMs: number): GrantLeft[] {
    return (this.#byAccount.get(accountId) ?? []).flatMap((grant) => {
      const leftMinorUnits = this.#left.get(grant.id) ?? 0n;
      const isUsable =
        grant.category === category && grant.effectiveMs <= atMs && atMs < endOf(grant);
      return isUsable && leftMinorUnits > 0n ? [{ grant, leftMinorUnits }] : [];
    });
  }

  /** Takes of a grant; below 0 gives back. */
  take(creditGrantId: CreditGrantId, minorUnits: bigint): void {
    this.#left.set(creditGrantId, (this.#left.get(creditGrantId) ?? 0n) - minorUnits);
  }

  /** Whether no more was taken than there was. */
  isCovered(): boolean {
    return [...this.#left.values()].every((left) => left >= 0n);
  }

  /** Pays an amount as far as the account's paid grants reach. */
  pay(accountId: AccountId, minorUnits: bigint, atMs: number): CreditUsePart[] {
    const parts: CreditUsePart[] = [];
    let due = minorUnits;
    for (const { grant, leftMinorUnits } of this.available(accountId, 'paid', atMs)) {
      const taken = leftMinorUnits < due ? leftMinorUnits : due;
      if (taken <= 0n) break;
      this.take(grant.id, taken);
      parts.push({ creditGrantId: grant.id, amount: this.#amountOf(taken) });
      due -= taken;
    }
    return parts;
  }

  #amountOf(minorUnits: bigint): Decimal {
    return decimal(moneyText({ currencyCode: this.currencyCode, minorUnits }));
  }
}

/**
 * What is given back of what is applied to an invoice: at most so much, of the grants that were burned last first. The
 * amounts are below 0.
 */
export function returned(applied: readonly CreditUsePart[], atMost: Decimal): CreditUsePart[] {
  const parts: CreditUsePart[] = [];
  let left = atMost;
  for (const { creditGrantId, amount } of [...applied].reverse()) {
    const back = amount.lt(left) ? amount : left;
    if (!back.gt(decimal(0n))) continue;
    parts.push({ creditGrantId, amount: back.neg() });
    left = left.sub(back);
  }
  return parts;
}
