import { invalid, type DomainError, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { agreementOf } from '../../bills/use-cases/prepare-bill';
import { planIn } from '../../catalogue/domain/currencies';
import type { Discount } from '../../catalogue/domain/discount';
import type { Fee } from '../../catalogue/domain/fee';
import type { FeeChange } from '../../catalogue/domain/price-correction';
import {
  feeOfOwners,
  missingFee,
  repricedViolations,
  resolvePrice,
} from '../../catalogue/use-cases/resolve-price';
import type { SubscriptionParts } from '../../service-parts';
import type { Asked, AskedFeeChange, UncheckedChange } from '../domain/asked';
import { existing } from './existing';

/** A change whose fees exist, with prices that fit what they count. */
export async function checkFees(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  subscriptionId: string,
  asked: UncheckedChange,
  signal: AbortSignal,
): Promise<Extract<Asked, { kind: 'change' }>> {
  if (!namesFees(asked)) return { ...asked, fees: [] };
  const owners = await ownersOf(parts, organisationId, subscriptionId, asked);
  const refused = (violations: Violation[]) =>
    invalid('CHANGE_INVALID', 'The subscription cannot be changed so.', violations);
  const checking = { owners, path: 'change', refused };
  return { ...asked, fees: await checkedFees(parts, organisationId, asked, checking, signal) };
}

/** What says how fees are charged, of which they are named. */
interface NamingFees {
  readonly fees: readonly AskedFeeChange[];
  readonly addedDiscounts: readonly Discount[];
}

export function namesFees({ fees, addedDiscounts }: NamingFees): boolean {
  return fees.length > 0 || addedDiscounts.some(({ feeId }) => feeId !== undefined);
}

/** Where fees are looked for, and how what is wrong with them is said. */
interface Checking {
  readonly owners: readonly (readonly Fee[])[];
  readonly path: string;
  readonly refused: (violations: Violation[]) => DomainError;
}

/** The fees that are to be charged otherwise, which exist, with prices that fit what they count. */
export async function checkedFees(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  { fees: asked, addedDiscounts }: NamingFees,
  { owners, path: under, refused }: Checking,
  signal: AbortSignal,
): Promise<FeeChange[]> {
  const discounted = addedDiscounts.flatMap(({ feeId }) => feeId ?? []);
  if (discounted.some((feeId) => feeOfOwners(owners, feeId) === undefined)) throw missingFee();
  const found = asked.map((change, index) => {
    const owned = feeOfOwners(owners, change.feeId);
    if (owned === undefined) throw missingFee();
    return { change, owned, path: `${under}.fees[${index}].own_price` };
  });
  const violations = found.flatMap(({ change, owned, path }) =>
    change.price === undefined
      ? []
      : repricedViolations(owned.fee, repricingOf(change, change.price), path),
  );
  if (violations.length > 0) throw refused(violations);
  const fees: FeeChange[] = [];
  for (const { change, owned, path } of found) {
    const { price, removed } = change;
    const { id: feeId } = owned.fee;
    if (price === undefined) fees.push({ feeId, removed });
    else {
      const repricing = repricingOf(change, price);
      const args = [parts, organisationId, owned, repricing, path, signal] as const;
      fees.push({ ...(await resolvePrice(...args)), removed });
    }
  }
  return fees;
}

function repricingOf({ groupPrices = [] }: AskedFeeChange, price: FeeChange['price'] & object) {
  return { price, groupPrices };
}

/** The lists of fees that a change may name one of: its own, and those of what it had, has or is asked to have. */
async function ownersOf(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  subscriptionId: string,
  { planId, planVersion, addOns }: UncheckedChange,
): Promise<(readonly Fee[])[]> {
  const subscription = await existing(parts, organisationId, subscriptionId);
  const { plans } = await agreementOf(parts, organisationId, subscription);
  const named = [
    ...(planId === '' && planVersion === 0
      ? []
      : [{ planId: planId || subscription.planId, planVersion }]),
    ...addOns,
  ];
  const asked = await Promise.all(
    named.map(async (ref) => {
      const plan = await parts.plans.find(organisationId, ref.planId, ref.planVersion);
      // One in another currency is refused when the change is decided.
      return plan && planIn(plan, subscription.currencyCode);
    }),
  );
  return [...[...plans.values(), ...asked].map((plan) => plan?.fees ?? []), subscription.fees];
}
