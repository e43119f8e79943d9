import { precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { logoOf } from '../../branding/use-cases/logos';
import { effectiveFor } from '../../settings/store/invoicing-settings';
import type { Stores } from '../../store/stores';
import type { Statement } from '../domain/statement';

/** Which statement. */
export interface StatementQuery {
  readonly accountId: AccountId;
  readonly currencyCode: string;
  readonly timeZone: string;
  /** Unset: from the beginning. */
  readonly fromMs?: number;
  /** Unset: all there is. */
  readonly untilMs?: number;
}

const ENTRIES_MAX = 10_000;
/** Before and after all that can be written: the end of the year 9999. */
export const END_MS = 253_402_300_799_999;

/**
 * A whole statement for its reader, with who owes whom as the account's newest invoice says it, and as documents look
 * now. Throws a DomainError of kind precondition where it is too long.
 */
export async function readStatement(
  stores: Stores,
  organisationId: OrganisationId,
  { untilMs, ...query }: StatementQuery,
): Promise<Statement> {
  const { accountEntries, invoices, taxSettings, settings, testClocks } = stores;
  const { accountId, currencyCode, fromMs = -END_MS } = query;
  const owner = { organisationId, accountId, currencyCode };
  const span = { fromMs, untilMs: untilMs ?? END_MS };
  const entries = await accountEntries.list(owner, span, ENTRIES_MAX + 1);
  if (entries.length > ENTRIES_MAX)
    throw precondition('STATEMENT_TOO_LONG', `The statement has more than ${ENTRIES_MAX} entries.`);
  const newest = await invoices.list(organisationId, { accountId, status: 'finalized', limit: 1 });
  const [invoice] = newest.invoices;
  const { seller } = await taxSettings.find(organisationId);
  const { branding } = await effectiveFor(settings, owner);
  const logo = await logoOf(stores, organisationId, branding);
  const customer = invoice?.assessment?.customer;
  const lastMs = entries.at(-1)?.atMs ?? 0;
  const presentMs = Math.max(await testClocks.present(organisationId), lastMs + 1);
  return {
    ...query,
    accountName: invoice?.accountName ?? '',
    ...(customer && { customer }),
    ...(seller && { seller }),
    ...(branding && { branding }),
    ...(logo && { logo }),
    untilMs: Math.min(untilMs ?? END_MS, presentMs),
    opening: await accountEntries.sumBefore(owner, fromMs),
    entries,
  };
}
