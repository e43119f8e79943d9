import { invalid, notFound, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { readsTransactions, type Price } from '@billingrails/rating';
import type { ClientSession } from 'mongodb';
import { agreementOf } from '../../bills/use-cases/prepare-bill';
import { instantViolations } from '../../clocks/domain/instant';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { existing } from '../../subscriptions/use-cases/existing';
import { feeViolations, type Fee, type FeeDraft, type GroupPriceDraft } from '../domain/fee';
import { tooManyFees } from '../domain/fee-limits';
import { missingPlan, type Plan } from '../domain/plan';
import { CORRECTIONS_MAX, type PriceCorrection } from '../domain/price-correction';
import { resolveFees } from './resolve-fees';

/** Whose fee is corrected. */
export type CorrectionTarget =
  | { readonly kind: 'plan'; readonly planId: string }
  | { readonly kind: 'subscription'; readonly subscriptionId: string };

/** A correction as it was asked for. */
export interface CorrectionDraft {
  readonly feeId: string;
  readonly price: Price;
  readonly groupPrices: readonly GroupPriceDraft[];
  readonly note: string;
  readonly effectiveMs: number;
}

/** A checked correction, but for when it became known. */
export type CheckedCorrection = Omit<PriceCorrection, 'knownMs'>;

/** Checks all of a correction at once: the fee, and what the new price needs of it. */
export async function prepareCorrection(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  target: CorrectionTarget,
  draft: CorrectionDraft,
  signal: AbortSignal,
): Promise<CheckedCorrection> {
  const fees = await feesOf(parts, organisationId, target, draft.feeId);
  const fee = fees.find(({ id }) => id === draft.feeId);
  if (fee === undefined)
    throw notFound('FEE_NOT_FOUND', 'The plan or subscription has no fee of that id.');
  const corrected = correctedDraft(fee, draft);
  const violations = [
    ...feeViolations(corrected, 'correction'),
    ...instantViolations(draft.effectiveMs, 'correction.effective_time'),
  ];
  if (violations.length > 0)
    throw invalid('PRICE_CORRECTION_INVALID', 'The price cannot be corrected so.', violations);
  const { price, note, effectiveMs } = draft;
  // Metering is asked for what the new price needs of the profile; that may be archived, as long as nothing is needed.
  const needsProfile = readsTransactions(price) || draft.groupPrices.length > 0;
  const drafts = needsProfile ? [corrected] : [];
  const [resolved] = await resolveFees(
    ...([parts.metering, organisationId, drafts, () => 'correction', signal] as const),
  );
  const groupPrices = fee.groupPrices && (resolved?.groupPrices ?? []);
  const excess = tooManyFees([
    ...fees.filter(({ id }) => id !== fee.id),
    { price, ...(groupPrices === undefined ? {} : { groupPrices }) },
  ]);
  if (excess !== undefined)
    throw precondition('TOO_MANY_FEES', `There is no room for the price: its owner ${excess}.`);
  return {
    ...{ feeId: fee.id, price, note, effectiveMs },
    ...(groupPrices === undefined ? {} : { groupPrices }),
  };
}

/** Keeps a correction with what it is of. What was billed stays as it is. */
export async function correctPrice(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  target: CorrectionTarget,
  checked: CheckedCorrection,
): Promise<PriceCorrection> {
  const { plans, subscriptions, clocks } = parts;
  if (target.kind === 'plan') {
    const plan = await planOf(parts, organisationId, target.planId, session);
    if ((plan.corrections ?? []).length >= CORRECTIONS_MAX)
      throw precondition(
        'TOO_MANY_PRICE_CORRECTIONS',
        `A plan has at most ${CORRECTIONS_MAX} corrections.`,
      );
    const { nowMs } = await clocks.fencedPresent(organisationId, session);
    const correction = { ...checked, knownMs: nowMs };
    await plans.addCorrection(organisationId, plan.id, correction, session);
    return correction;
  }
  const read = await existing(parts, organisationId, target.subscriptionId, session);
  const { nowMs } = await clocks.fencedPresent(organisationId, session);
  const correction = { ...checked, knownMs: nowMs };
  const changed: Subscription = {
    ...read,
    changes: [...read.changes, { kind: 'price_corrected', ...correction }],
  };
  await subscriptions.addChanges(organisationId, read, changed, session);
  return correction;
}

/** The fee with the price that is to be. */
function correctedDraft(fee: Fee, { price, groupPrices }: CorrectionDraft): FeeDraft {
  const { name, meterProfile, unit, inAdvance = false, byQuantity = false } = fee;
  return {
    ...{ name, price, unit, inAdvance, byQuantity, groupPrices },
    ...(meterProfile === undefined ? {} : { meterProfile }),
    byGroup: fee.groupPrices !== undefined,
  };
}

/** Versions in which a fee is looked for that the current one does not have. */
const VERSIONS_MAX = 1000;

/** The fees that a correction may name; of a plan those of the version that has the fee. */
async function feesOf(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  target: CorrectionTarget,
  feeId: string,
): Promise<Fee[]> {
  if (target.kind === 'plan') {
    const { planId } = target;
    const { fees } = await planOf(parts, organisationId, planId);
    if (fees.some(({ id }) => id === feeId)) return [...fees];
    const slice = { after: 0, limit: VERSIONS_MAX };
    const versions = await parts.plans.versions(organisationId, planId, slice);
    const having = versions.reverse().find((each) => each.fees.some(({ id }) => id === feeId));
    return [...(having?.fees ?? fees)];
  }
  const subscription = await existing(parts, organisationId, target.subscriptionId);
  const { plans } = await agreementOf(parts, organisationId, subscription);
  return [...[...plans.values()].flatMap(({ fees }) => fees), ...subscription.fees];
}

async function planOf(
  { plans }: Pick<SubscriptionParts, 'plans'>,
  organisationId: OrganisationId,
  planId: string,
  session?: ClientSession,
): Promise<Plan> {
  const plan = await plans.find(organisationId, planId, undefined, session);
  if (plan === undefined) throw missingPlan();
  return plan;
}
