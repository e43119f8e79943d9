import { DomainError } from '@billingrails/errors';
import type { AccountId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { creditBalances } from '../../credits/use-cases/credit-balances';
import { decideAccess } from '../../entitlements/domain/access-decision';
import {
  grantedTo,
  meteredUse,
  presentAccount,
  usedOf,
} from '../../entitlements/use-cases/access-reading';
import type { SubscriptionParts } from '../../service-parts';
import type { AlertFigure } from '../domain/alert';
import { whole, type Observation } from '../domain/firing';
import type { Observations, Watch } from './watch';

const HUNDRED = decimal(100n);
const ZERO = decimal(0n);

/** What may be burned of accounts' credits, less what is owed. */
export async function observeBalance(
  parts: SubscriptionParts,
  watch: Watch,
  { creditUnitId }: Extract<AlertFigure, { kind: 'credit_balance' }>,
): Promise<Observations> {
  const balances = await creditBalances(parts, watch.organisationId, creditUnitId, watch);
  return eachOf(watch, async (accountId) => {
    const balance = await balances.get(accountId);
    const granted = balance?.grants.filter(({ pending }) => pending.isZero()) ?? [];
    if (balance === undefined || granted.length === 0) return undefined;
    const highest = granted.reduce((sum, { grant: { amount } }) => sum.add(amount), ZERO);
    return { ...whole(balance.available), highest, nowMs: watch.nowMs };
  });
}

/** What is used of the allowance that answers CheckAccess, in percent of its limit. */
export async function observeLimitShare(
  parts: SubscriptionParts,
  watch: Watch,
  { featureCode }: Extract<AlertFigure, { kind: 'limit_share' }>,
): Promise<Observations> {
  const { organisationId, accountIds, nowMs, signal } = watch;
  const [feature] = await parts.features.findByCodes(organisationId, [featureCode]);
  if (feature === undefined) return new Map();
  const features = [feature];
  const presentOf = await parts.clocks.presentsOf(organisationId, accountIds);
  return eachOf(watch, async (accountId) => {
    const { clock } = presentOf(accountId);
    const all = await parts.knownAccounts.use(organisationId, accountId, async (known) => {
      const present = presentAccount(known, { clock, nowMs });
      const granted = grantedTo(present, features);
      const key = { organisationId, accountId, featureId: feature.id };
      const holds = await parts.holds.findMany(known.reserved.has(feature.id) ? [key] : []);
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

/**
 * Of all accounts at the same time, so that who asks metering asks together; what cannot be read of one just now keeps
 * no other.
 */
async function eachOf(
  { accountIds }: Watch,
  read: (accountId: AccountId) => Promise<Observation | undefined>,
): Promise<Observations> {
  const found = await Promise.all(
    accountIds.map(async (accountId) => {
      try {
        return await read(accountId);
      } catch (error) {
        if (error instanceof DomainError) return undefined;
        throw error;
      }
    }),
  );
  return new Map(
    accountIds.flatMap((id, index): [AccountId, Observation][] => {
      const observation = found[index];
      return observation === undefined ? [] : [[id, observation]];
    }),
  );
}
