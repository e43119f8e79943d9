import type { AccountBook } from '@billingrails/recompute';
import { isDouble } from './beside';

const GROUP = 5;

/** Of every five accounts the first pays for the second and third, and through the third for the fourth. */
export function payersOf(accounts: readonly string[]): AccountBook[] {
  return accounts.flatMap((account, index): AccountBook[] => {
    const place = index % GROUP;
    const paidBy = accounts[place === 3 ? index - 1 : index - place];
    return place === 0 || place === 4 || paidBy === undefined ? [] : [{ account, paidBy }];
  });
}

/** Whether it owes its bills itself. */
export const paysItself = (index: number): boolean =>
  index % GROUP === 0 || index % GROUP === GROUP - 1;

/** Whether an account pays for itself alone, and for one subscription: all know which of its bills comes first. */
export function isAlone(index: number): boolean {
  return index % GROUP === GROUP - 1 && !isDouble(index);
}
