import type { OrganisationId } from '@billingrails/ids';
import type { Stores } from '../../store/stores';
import { agingRows, type AgingRow } from '../domain/aging';
import type { Receivable } from '../domain/receivable';

/** What accounts after one owe, or one account, of at most so many accounts. */
export async function listAging(
  { receivables, balances, testClocks }: Pick<Stores, 'receivables' | 'balances' | 'testClocks'>,
  organisationId: OrganisationId,
  question: {
    readonly accountId: string | undefined;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<AgingRow[][]> {
  const { accountId, after = '', limit } = question;
  const open: Receivable[] = [];
  const accounts = new Set<string>();
  for await (const receivable of receivables.openAfter(organisationId, { after, accountId })) {
    if (!accounts.has(receivable.accountId) && accounts.size === limit) break;
    accounts.add(receivable.accountId);
    open.push(receivable);
  }
  const kept = await balances.after(organisationId, { after, accountId, accounts: limit });
  for (const balance of kept) accounts.add(balance.accountId);
  const listed = new Set([...accounts].sort().slice(0, limit));
  const nowMs = await testClocks.present(organisationId);
  const isListed = (each: { readonly accountId: string }): boolean => listed.has(each.accountId);
  const rows = agingRows(open.filter(isListed), kept.filter(isListed), nowMs);
  const byAccount = new Map<string, AgingRow[]>();
  for (const row of rows)
    byAccount.set(row.accountId, [...(byAccount.get(row.accountId) ?? []), row]);
  return [...byAccount.values()];
}
