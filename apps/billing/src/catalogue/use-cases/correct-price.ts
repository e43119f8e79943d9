import { invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { agreementOf } from '../../bills/use-cases/prepare-bill';
import { instantViolations } from '../../clocks/domain/instant';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { existing } from '../../subscriptions/use-cases/existing';
import { planIn } from '../domain/currencies';
import type { Fee } from '../domain/fee';
import { missingPlan, type Plan } from '../domain/plan';
import { CORRECTIONS_MAX, type PriceCorrection } from '../domain/price-correction';
import {
  feeOfOwners,
  missingFee,
  repricedViolations,
  resolvePrice,
  type Repricing,
} from './resolve-price';

/** Whose fee is corrected. */
export type CorrectionTarget =
  | { readonly kind: 'plan'; readonly planId: string }
  | { readonly kind: 'subscription'; readonly subscriptionId: string };

/** A correction as it was asked for. */
export interface CorrectionDraft extends Repricing {
  readonly feeId: string;
  readonly note: string;
  /** Empty: the plan's own, or the subscription's. */
  readonly currencyCode: string;
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
  const { owners, currencyCode } = await ownersOf(parts, organisationId, target, draft);
  const found = feeOfOwners(owners, draft.feeId);
  if (found === undefined) throw missingFee();
  const { note, effectiveMs } = draft;
  const violations = [
    ...repricedViolations(found.fee, draft, 'correction'),
    ...instantViolations(effectiveMs, 'correction.effective_time'),
  ];
  if (violations.length > 0)
    throw invalid('PRICE_CORRECTION_INVALID', 'The price cannot be corrected so.', violations);
  const priced = await resolvePrice(parts, organisationId, found, draft, 'correction', signal);
  return { ...priced, note, effectiveMs, currencyCode };
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
    const { nowMs } = await clocks.fencedPresent(organisationId, undefined, session);
    const correction = { ...checked, knownMs: nowMs };
    await plans.addCorrection(organisationId, plan.id, correction, session);
    return correction;
  }
  const read = await existing(parts, organisationId, target.subscriptionId, session);
  const { nowMs } = await clocks.fencedPresent(organisationId, read.accountId, session);
  const correction = { ...checked, knownMs: nowMs };
  const changed: Subscription = {
    ...read,
    changes: [...read.changes, { kind: 'price_corrected', ...correction }],
  };
  await subscriptions.addChanges(organisationId, read, changed, session);
  return correction;
}

/** Versions in which a fee is looked for that the current one does not have. */
const VERSIONS_MAX = 1000;

/** The lists of fees that a correction may name one of, in its currency; of a plan those of versions, newest first. */
async function ownersOf(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  target: CorrectionTarget,
  draft: Pick<CorrectionDraft, 'feeId' | 'currencyCode'>,
): Promise<{ readonly owners: readonly (readonly Fee[])[]; readonly currencyCode: string }> {
  if (target.kind === 'plan') {
    const { planId } = target;
    const current = await planOf(parts, organisationId, planId);
    const { currencyCode = current.currencyCode } = draft.currencyCode === '' ? {} : draft;
    const isCurrent = current.fees.some(({ id }) => id === draft.feeId);
    const slice = { after: 0, limit: VERSIONS_MAX };
    const versions = isCurrent
      ? [current]
      : (await parts.plans.versions(organisationId, planId, slice)).reverse();
    const inCurrency = versions.flatMap((version) => planIn(version, currencyCode) ?? []);
    if (inCurrency.length === 0) throw notInCurrency(currencyCode);
    return { owners: inCurrency.map(({ fees }) => fees), currencyCode };
  }
  const subscription = await existing(parts, organisationId, target.subscriptionId);
  const { currencyCode } = subscription;
  if (draft.currencyCode !== '' && draft.currencyCode !== currencyCode)
    throw notInCurrency(draft.currencyCode);
  const { plans } = await agreementOf(parts, organisationId, subscription);
  const owners = [...[...plans.values()].map(({ fees }) => fees), subscription.fees];
  return { owners, currencyCode };
}

function notInCurrency(currencyCode: string) {
  const description = `must be a currency that the fee is priced in: ${currencyCode} is not`;
  return invalid('PRICE_CORRECTION_INVALID', 'The price cannot be corrected so.', [
    { field: 'correction.currency_code', description },
  ]);
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
