import { assert, invalid, precondition } from '@billingrails/errors';
import { addToOutbox } from '@billingrails/mongo';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { planChanged, type PlanChange } from '../contract/plan-changed';
import { feeListViolations, feeViolations, type FeeDraft } from '../domain/fee';
import {
  currencyViolations,
  otherCommitmentViolations,
  otherCurrencyViolations,
} from '../domain/currencies';
import { tooManyFees } from '../domain/fee-limits';
import type { CurrencyCommitment } from '../domain/commitment';
import { missingPlan, roleViolations, type Plan } from '../domain/plan';
import { editedFees, editViolations, type PlanEdit } from '../domain/plan-edit';
import { resolveFees, type ResolvedFee } from './resolve-fees';

/** Names a version of a plan. */
interface VersionName {
  readonly planId: string;
  readonly version: number;
}

/** Only drafts are edited. */
function notDraft({ version, status }: Plan) {
  const message = `Version ${version} is ${status}: it never changes. Make another version.`;
  return precondition('PLAN_VERSION_FIXED', message);
}

/** A plan in a version, or in its current one. Throws a DomainError of kind not_found. */
export async function existingPlan(
  { plans }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  planId: string,
  version: number | undefined,
): Promise<Plan> {
  const plan = await plans.find(organisationId, planId, version, session);
  if (plan === undefined) throw missingPlan();
  return plan;
}

/** Tells what has become of a version now, in the transaction that makes it so. */
export async function tellOfPlan(
  { mongo, clocks }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  change: Pick<PlanChange, 'type' | 'plan' | 'all'>,
): Promise<void> {
  const { nowMs: occurMs } = await clocks.present(organisationId, session);
  const message = planChanged(organisationId, { ...change, occurMs, createMs: clocks.realMs() });
  await addToOutbox(mongo.db, session, message);
}

/** Keeps the next version: what `from` is once edited. */
export async function nextVersion(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  from: Plan,
  { edit, status }: { readonly edit: PlanEdit<ResolvedFee>; readonly status: Plan['status'] },
): Promise<Plan> {
  const { plans, clocks } = parts;
  const newest = await plans.newestVersion(organisationId, from.id, session);
  assert(newest !== undefined, 'a version has its plan');
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const changed = await editVersion(parts, session, organisationId, from, edit);
  const plan: Plan = { ...changed, version: newest + 1, status, createMs };
  if (status === 'published') refuseIncomplete(plan);
  await plans.save(organisationId, plan, session);
  if (status === 'published')
    await tellOfPlan(parts, session, organisationId, { type: 'plan.published', plan });
  return plan;
}

/** The version that another is made from: the named one, or where that is 0 the newest. */
export async function versionToEdit(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  planId: string,
  fromVersion: number,
): Promise<Plan> {
  const newest = await parts.plans.newestVersion(organisationId, planId, session);
  return await existingPlan(parts, session, organisationId, planId, fromVersion || newest);
}

/** Edits a draft where it stands. Throws a DomainError of kind precondition for a version that is none. */
export async function editDraft(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { planId, version }: VersionName,
  edit: PlanEdit<ResolvedFee>,
): Promise<Plan> {
  const from = await existingPlan(parts, session, organisationId, planId, version);
  if (from.status !== 'draft') throw notDraft(from);
  const plan = await editVersion(parts, session, organisationId, from, edit);
  await parts.plans.save(organisationId, plan, session);
  return plan;
}

/** Publishes a draft whose fees are priced in each of its currencies; a published version stays as it is. */
export async function publishVersion(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { planId, version }: VersionName,
): Promise<Plan> {
  const plan = await existingPlan(parts, session, organisationId, planId, version);
  if (plan.status === 'archived') throw notDraft(plan);
  if (plan.status === 'draft') refuseIncomplete(plan);
  const published: Plan = { ...plan, status: 'published' };
  await parts.plans.save(organisationId, published, session);
  const change = { type: 'plan.published', plan: published } as const;
  if (plan.status === 'draft') await tellOfPlan(parts, session, organisationId, change);
  return published;
}

/** Archives a version: who has it keeps it, nobody else gets it. */
export async function archiveVersion(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { planId, version }: VersionName,
): Promise<Plan> {
  const plan = await existingPlan(parts, session, organisationId, planId, version);
  const archived: Plan = { ...plan, status: 'archived' };
  await parts.plans.save(organisationId, archived, session);
  const change = { type: 'plan.archived', plan: archived } as const;
  if (plan.status !== 'archived') await tellOfPlan(parts, session, organisationId, change);
  return archived;
}

/** Archives all versions of a plan, and returns the newest. */
export async function archivePlan(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  planId: string,
): Promise<Plan> {
  const newest = await parts.plans.newestVersion(organisationId, planId, session);
  const isChanged = await parts.plans.archiveAll(organisationId, planId, session);
  const plan = await existingPlan(parts, session, organisationId, planId, newest);
  const change = { type: 'plan.archived', plan, all: true } as const;
  if (isChanged) await tellOfPlan(parts, session, organisationId, change);
  return plan;
}

/** A version once edited. Throws a DomainError where the edit does not fit it. */
async function editVersion(
  { clocks, ids }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  from: Plan,
  edit: PlanEdit<ResolvedFee>,
): Promise<Plan> {
  const { role, currencyCode, otherCurrencyCodes: before = [] } = from;
  const { addedCurrencies = [], removedCurrencies = [] } = edit;
  const codes = before.filter((code) => !removedCurrencies.includes(code));
  const otherCurrencyCodes = [...codes, ...addedCurrencies];
  const violations = [
    ...editViolations(from.fees, edit, 'edit'),
    ...otherCurrencyViolations({ currencyCode, otherCurrencyCodes }, 'edit.add_currency_codes'),
    ...otherCommitmentViolations({ ...edit, currencyCode }, 'edit.other_commitments'),
    ...roleViolations({ ...edit, role, currencyCode }, 'edit.'),
  ];
  if (violations.length > 0)
    throw invalid('PLAN_INVALID', 'The plan has no such version.', violations);
  const { nowMs } = await clocks.present(organisationId, session);
  const fees = editedFees(from, edit, () => ids.next('fee'), nowMs);
  const excess = tooManyFees(fees);
  if (excess !== undefined)
    throw precondition('TOO_MANY_FEES', `There is no room for the fees: a plan ${excess}.`);
  const { name = from.name, commitment = from.commitment } = edit;
  const { usageThresholds = from.usageThresholds, otherCommitments: committed = [] } = edit;
  // What was committed to in a currency goes with it.
  const keeps = ({ currencyCode: code }: CurrencyCommitment) =>
    !removedCurrencies.includes(code) && committed.every((each) => each.currencyCode !== code);
  const otherCommitments = [...(from.otherCommitments ?? []).filter(keeps), ...committed];
  return {
    ...{ ...from, name, fees, otherCurrencyCodes, otherCommitments },
    ...(commitment === undefined ? {} : { commitment }),
    ...(usageThresholds === undefined ? {} : { usageThresholds }),
  };
}

/** Refuses to publish a version whose fees have not a price in each of its currencies. */
export function refuseIncomplete(plan: Plan): void {
  const violations = currencyViolations(plan);
  if (violations.length > 0)
    throw precondition(
      'PLAN_CURRENCIES_INCOMPLETE',
      'The version cannot be published: its fees are not priced in exactly its currencies.',
      violations,
    );
}

/** Checks the fees of an edit, all at once, and finds their meter profiles. */
export async function resolveEdit(
  parts: ServiceParts,
  organisationId: OrganisationId,
  { replaced, added, ...rest }: PlanEdit<FeeDraft>,
  signal: AbortSignal,
): Promise<PlanEdit<ResolvedFee>> {
  const replacementPath = (index: number) => `edit.replace_fees[${index}].fee`;
  const violations = [
    ...replaced.flatMap(({ by }, index) => feeViolations(by, replacementPath(index))),
    ...feeListViolations(added, 'edit.add_fees'),
  ];
  if (violations.length > 0)
    throw invalid('PLAN_INVALID', 'The version cannot be made.', violations);
  const pathOf = (index: number) =>
    index < replaced.length ? replacementPath(index) : `edit.add_fees[${index - replaced.length}]`;
  const drafts = [...replaced.map(({ by }) => by), ...added];
  const fees = await resolveFees(parts, organisationId, drafts, pathOf, signal);
  return {
    ...rest,
    replaced: replaced.map(({ feeId }, index) => ({ feeId, by: fees[index] as ResolvedFee })),
    added: fees.slice(replaced.length),
  };
}
