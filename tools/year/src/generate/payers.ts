import type { AccountBook } from '@billingrails/recompute';

/** Of every five accounts the first pays for the second and third, and through the third for the fourth. */
export function payersOf(accounts: readonly string[]): AccountBook[] {
  return accounts.flatMap((account, index): AccountBook[] => {
    const place = index % 5;
    const paidBy = accounts[place === 3 ? index - 1 : index - place];
    return place === 0 || place === 4 || paidBy === undefined ? [] : [{ account, paidBy }];
  });
}
