import { unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { isFailure } from '../../usage/attempt';
import type { Asking } from '../../usage/gather-usage';
import type { Entry } from '../domain/bill';
import { prepareBills, type PrepareParts, type WantedBill } from './prepare-bill';

/** Accounts that are looked at together: what they need of metering is asked for at once. */
export const ACCOUNTS_TOGETHER = 25;

/** The items, so many at a time. */
export async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/**
 * What each of the bills would post. Throws why one cannot be computed; a DomainError unavailable while usage is still
 * being counted.
 */
export async function allEntries(
  parts: PrepareParts,
  organisationId: OrganisationId,
  wanted: readonly WantedBill[],
  asking: Asking,
): Promise<(readonly Entry[])[]> {
  const prepared = await prepareBills(parts, organisationId, wanted, asking);
  return prepared.map((entries) => {
    if (isFailure(entries)) throw entries.failure;
    if (entries === 'partial')
      throw unavailable('USAGE_PARTIAL', 'Usage is still being counted.', 5000);
    return entries;
  });
}
