import { notFound, precondition, type DomainError, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { readsTransactions, type Price } from '@billingrails/rating';
import { feeViolations, type Fee, type FeeDraft, type GroupPriceDraft } from '../domain/fee';
import { tooManyFees } from '../domain/fee-limits';
import type { PriceCorrection } from '../domain/price-correction';
import { resolveFees, type FeeParts } from './resolve-fees';

/** Another price for a fee, as it was asked for. */
export interface Repricing {
  readonly price: Price;
  readonly groupPrices: readonly GroupPriceDraft[];
}

/** A fee, with those that share its limits. */
export interface OwnedFee {
  readonly fee: Fee;
  readonly owner: readonly Fee[];
}

export function missingFee(): DomainError {
  return notFound('FEE_NOT_FOUND', 'The plan or subscription has no fee of that id.');
}

/** The fee of an id in one of the lists. */
export function feeOfOwners(
  owners: readonly (readonly Fee[])[],
  feeId: string,
): OwnedFee | undefined {
  for (const owner of owners) {
    const fee = owner.find(({ id }) => id === feeId);
    if (fee !== undefined) return { fee, owner };
  }
  return undefined;
}

/** All that is wrong with the price for what the fee counts, by path under `path`. */
export function repricedViolations(fee: Fee, repricing: Repricing, path: string): Violation[] {
  return feeViolations(repricedDraft(fee, repricing), path);
}

/**
 * What the fee costs by a price that fits it. Throws a DomainError of kind precondition where its meter profile has not
 * what the price needs, or there is no room.
 */
export async function resolvePrice(
  parts: FeeParts,
  organisationId: OrganisationId,
  { fee, owner }: OwnedFee,
  repricing: Repricing,
  path: string,
  signal: AbortSignal,
): Promise<Pick<PriceCorrection, 'feeId' | 'price' | 'groupPrices'>> {
  const { price } = repricing;
  // Metering is asked for what the new price needs of the profile; that may be archived, as long as nothing is needed.
  const needsProfile = readsTransactions(price) || repricing.groupPrices.length > 0;
  const drafts = needsProfile ? [repricedDraft(fee, repricing)] : [];
  const [resolved] = await resolveFees(parts, organisationId, drafts, () => path, signal);
  const groupPrices = fee.groupPrices && (resolved?.groupPrices ?? []);
  const priced = { price, ...(groupPrices === undefined ? {} : { groupPrices }) };
  const excess = tooManyFees([...owner.filter(({ id }) => id !== fee.id), priced]);
  if (excess !== undefined)
    throw precondition('TOO_MANY_FEES', `There is no room for the price: its owner ${excess}.`);
  return { feeId: fee.id, ...priced };
}

/** The fee with the price that is to be. */
function repricedDraft(fee: Fee, { price, groupPrices }: Repricing): FeeDraft {
  const { name, meterProfile, unit, inAdvance = false, once = false, byQuantity = false } = fee;
  return {
    ...{ name, price, unit, inAdvance, once, byQuantity, groupPrices },
    ...(meterProfile === undefined ? {} : { meterProfile }),
    byGroup: fee.groupPrices !== undefined,
  };
}
