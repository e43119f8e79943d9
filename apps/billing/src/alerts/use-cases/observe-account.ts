import { DomainError } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { creditBalance } from '../../credits/use-cases/credit-balance';
import { decideAccess } from '../../entitlements/domain/access-decision';
import {
  grantedTo,
  meteredUse,
  presentAccount,
  usedOf,
} from '../../entitlements/use-cases/access-reading';
import type { SubscriptionParts } from '../../service-parts';
import { mapBounded } from '../../usage/bounded';
import type { AlertFigure } from '../domain/alert';
import { whole, type Observation } from '../domain/firing';
import type { Observations, Watch } from './watch';

/** Accounts that are asked for at the same time. */
const ACCOUNTS_AT_ONCE = 8;
const HUNDRED = decimal(100n);
const ZERO = decimal(0n);

/** What may be burned of accounts' credits, less what is owed. */
export function observeBalance(
  parts: SubscriptionParts,
  watch: Watch,
  { creditUnitId }: Extract<AlertFigure, { kind: 'credit_balance' }>,
): Promise<Observations> {
  return eachOf(watch, async (accountId) => {
    const { organisationId, signal } = watch;
    const question = { accountId, creditUnitId, consistencyToken: '', signal };
    const { available, grants, atMs } = await creditBalance(parts, organisationId, question);
    const granted = grants.filter(({ pending }) => pending.isZero());
    if (granted.length === 0) return undefined;
    const highest = granted.reduce((sum, { grant: { amount } }) => sum.add(amount), ZERO);
    return { ...whole(available), highest, nowMs: atMs };
  });
}

/** What is used of the allowance that answers CheckAccess, in percent of its limit. */
export function observeLimitShare(
  parts: SubscriptionParts,
  watch: Watch,
  { featureCode }: Extract<AlertFigure, { kind: 'limit_share' }>,
): Promise<Observations> {
  return eachOf(watch, async (accountId) => {
    const { organisationId, signal } = watch;
    const now = await parts.clocks.presentOf(organisationId, accountId);
    const { nowMs } = now;
    const [feature] = await parts.features.findByCodes(organisationId, [featureCode]);
    if (feature === undefined) return undefined;
    const features = [feature];
    const all = await parts.knownAccounts.use(organisationId, accountId, async (known) => {
      const present = presentAccount(known, now);
      const granted = grantedTo(present, features);
      const holds = await parts.holds.findMany([
        { organisationId, accountId, featureId: feature.id },
      ]);
      const asked = { features, granted, holds, consistencyToken: '', signal };
      const metered = await meteredUse(parts, present, asked);
      return usedOf(feature, granted, metered, holds.get(feature.id), nowMs);
    });
    const { used, limit, resetMs } = decideAccess(feature.kind, all, undefined);
    if (used === undefined || limit === undefined || limit.isZero()) return undefined;
    const period = all.find((allowance) => allowance.period.endMs === resetMs)?.period;
    return { value: used.mul(HUNDRED), per: limit, nowMs, ...(period && { period }) };
  });
}

/** Of some accounts at a time; what cannot be read of one just now keeps no other. */
async function eachOf(
  { accountIds }: Watch,
  read: (accountId: AccountId) => Promise<Observation | undefined>,
): Promise<Observations> {
  const found = await mapBounded(accountIds, ACCOUNTS_AT_ONCE, async (accountId) => {
    try {
      return await read(accountId);
    } catch (error) {
      if (error instanceof DomainError) return undefined;
      throw error;
    }
  });
  return new Map(
    accountIds.flatMap((id, index): [AccountId, Observation][] => {
      const observation = found[index];
      return observation === undefined ? [] : [[id, observation]];
    }),
  );
}
