import { invalid, notFound, precondition, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { minorDigits, type Decimal } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import { amountViolations } from '../../credits/domain/credit-grant';
import { fittingScope } from '../../credits/use-cases/fitting-scope';
import type { CreditUnit } from '../../credits/domain/credit-unit';
import { granteeOf, presentMsFor } from '../../entitlements/use-cases/grant';
import type { ServiceParts } from '../../service-parts';
import {
  recurringViolations,
  type RecurringGrant,
  type RecurringGrantDraft,
} from '../domain/recurring-grant';
import { wakeRecurring } from './grant-due';

/** Lets credits be granted in each cycle. */
export async function createRecurring(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: RecurringGrantDraft,
): Promise<RecurringGrant> {
  const { ids, creditUnits, recurringGrants, clocks } = parts;
  const grantee = await granteeOf(parts, session, organisationId, draft.grantee);
  const nowMs =
    grantee === undefined
      ? (await clocks.present(organisationId, session)).nowMs
      : await presentMsFor(parts, session, organisationId, grantee);
  const startMs = draft.startMs ?? nowMs;
  const violations = recurringViolations(draft, startMs, nowMs);
  if (violations.length > 0)
    throw invalid('RECURRING_CREDIT_GRANT_INVALID', 'It cannot be granted so.', violations);
  const unit = await creditUnits.find(organisationId, draft.creditUnitId, session);
  if (grantee === undefined || unit === undefined)
    throw precondition('CREDIT_GRANT_UNRESOLVED', 'The grantee or the unit does not exist.', [
      ...(grantee === undefined
        ? [{ field: `${draft.grantee.kind}_id`, description: 'names nothing that exists' }]
        : []),
      ...(unit === undefined
        ? [{ field: 'credit_unit_id', description: 'names no unit of credits' }]
        : []),
    ]);
  const { scope, violations: notFitting } = await fittingScope(
    parts,
    session,
    organisationId,
    unit,
    draft,
  );
  const unfit = [
    ...amountViolations(unit, draft.amount),
    ...maximumViolations(unit, draft),
    ...notFitting,
  ];
  if (unfit.length > 0)
    throw invalid('RECURRING_CREDIT_GRANT_INVALID', 'It cannot be granted so.', unfit);
  const { prorated, ...terms } = draft;
  const recurring: RecurringGrant = {
    ...{ ...terms, id: ids.next('rcg'), grantee, creditUnitId: unit.id },
    ...(prorated ? { proratedDigits: digitsOf(unit, draft.amount) } : {}),
    ...{ startMs, createMs: nowMs },
    ...(scope && { scope }),
  };
  await recurringGrants.insert(organisationId, recurring, session);
  await wakeRecurring(parts, session, organisationId, recurring);
  return recurring;
}

/** To how many decimals a part of the amount is rounded. */
function digitsOf({ currencyCode }: CreditUnit, amount: Decimal): number {
  if (currencyCode !== undefined) return minorDigits(currencyCode);
  return Math.max(amount.fractionDigits(), DIGITS_MIN);
}

const DIGITS_MIN = 8;

/** What was burned of money stays burned, so no maximum may take from a cycle what a bill of before it needs later. */
function maximumViolations(
  { currencyCode }: CreditUnit,
  { rolloverMaximum }: RecurringGrantDraft,
): Violation[] {
  if (currencyCode === undefined || rolloverMaximum === undefined) return [];
  return [
    { field: 'rollover_maximum', description: 'must be left out: of money all is carried on' },
  ];
}

/** Ends one at an instant, by default now; the earlier end holds. */
export async function endRecurring(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  asked: { readonly id: string; readonly endMs: number | undefined },
): Promise<RecurringGrant> {
  const found = await existingRecurring(parts, organisationId, asked.id, session);
  const nowMs = await presentMsFor(parts, session, organisationId, found.grantee);
  const { endMs = nowMs } = asked;
  if (endMs < nowMs)
    throw precondition('RECURRING_CREDIT_GRANT_END_PAST', 'It does not end in the past.', [
      { field: 'end_time', description: "must not be before the organisation's present" },
    ]);
  await parts.recurringGrants.end(organisationId, found.id, endMs, session);
  return { ...found, endMs: Math.min(endMs, found.endMs ?? Infinity) };
}

/** The recurring grant. Throws a DomainError of kind not_found where there is none of that id. */
export async function existingRecurring(
  { recurringGrants }: Pick<ServiceParts, 'recurringGrants'>,
  organisationId: OrganisationId,
  id: string,
  session?: ClientSession,
): Promise<RecurringGrant> {
  const recurring = await recurringGrants.find(organisationId, id, session);
  if (recurring === undefined)
    throw notFound(
      'RECURRING_CREDIT_GRANT_NOT_FOUND',
      'There is no recurring grant of credits of that id.',
    );
  return recurring;
}
