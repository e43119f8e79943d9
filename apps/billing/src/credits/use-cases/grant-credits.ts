import { precondition, invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { creditGrantChanged } from '../contract/credit-grant-changed';
import { amountViolations, endOf, termViolations, type CreditGrant } from '../domain/credit-grant';
import { scopeViolations } from '../domain/credit-scope';
import { existingGrant } from './existing';
import { markGranted } from './mark-granted';

/** Every balance is counted from all of them, and of those that recur or are bought by themselves. */
const GRANTS_MAX = 1_000;

/** Credits for an account, as they were asked for. */
export interface CreditGrantDraft extends Pick<
  CreditGrant,
  'amount' | 'category' | 'priority' | 'expiryMs' | 'memo' | 'scope'
> {
  readonly accountId: string;
  readonly creditUnitId: string;
  /** Unset: the organisation's present. */
  readonly effectiveMs?: number;
}

/** Grants an account credits. */
export async function grantCredits(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: CreditGrantDraft,
): Promise<CreditGrant> {
  const { mongo, ids, accounts, creditUnits, creditGrants, creditPools, clocks } = parts;
  const { nowMs } = await clocks.presentOf(organisationId, draft.accountId, session);
  const terms = { ...draft, effectiveMs: draft.effectiveMs ?? nowMs };
  const violations = termViolations(terms);
  if (violations.length > 0)
    throw invalid('CREDIT_GRANT_INVALID', 'The credits cannot be granted.', violations);

  const account = await accounts.find(organisationId, draft.accountId, session);
  const unit = await creditUnits.find(organisationId, draft.creditUnitId, session);
  if (account === undefined || unit === undefined)
    throw precondition('CREDIT_GRANT_UNRESOLVED', 'The account or the unit does not exist.', [
      ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
      ...(unit === undefined
        ? [{ field: 'credit_unit_id', description: 'names no unit of credits' }]
        : []),
    ]);
  const unfit = [...scopeViolations(unit, terms), ...amountViolations(unit, terms.amount)];
  if (unfit.length > 0)
    throw invalid('CREDIT_GRANT_INVALID', 'The credits cannot be granted.', unfit);
  const before = await creditGrants.ofAccount(organisationId, account.id, unit.id, session);
  const byHand = before.filter(
    ({ recurringId, topUpId }) => (recurringId ?? topUpId) === undefined,
  );
  if (byHand.length >= GRANTS_MAX)
    throw precondition(
      'CREDIT_GRANTS_TOO_MANY',
      `The account has been granted credits of the unit ${GRANTS_MAX} times.`,
    );
  const granted: CreditGrant = {
    ...{ id: ids.next('cgr'), ...terms, createMs: nowMs },
    ...{ accountId: account.id, creditUnitId: unit.id },
  };
  await creditGrants.insert(organisationId, granted, session);
  const pool = { organisationId, accountId: account.id, creditUnitId: unit.id };
  await creditPools.setBack(pool, granted.effectiveMs, session);
  await markGranted(parts, session, organisationId, unit, granted);
  const { isTest = false } = account;
  const when = { isTest, occurMs: nowMs, createMs: clocks.realMs() };
  const change = { type: 'credit_grant.created', grant: granted, ...when } as const;
  await addToOutbox(mongo.db, session, creditGrantChanged(organisationId, change));
  return granted;
}

/** Takes back what is left of a grant now. */
export async function voidGrant(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  creditGrantId: string,
): Promise<CreditGrant> {
  const { creditGrants, creditPools, clocks } = parts;
  const grant = await existingGrant(parts, organisationId, creditGrantId, session);
  const { nowMs: voidMs } = await clocks.presentOf(organisationId, grant.accountId, session);
  if (endOf(grant) <= voidMs)
    throw precondition(
      'CREDIT_GRANT_ENDED',
      grant.voidMs === undefined ? 'The grant has expired.' : 'The grant was voided before.',
    );
  await creditGrants.voidAt(organisationId, grant.id, voidMs, session);
  await creditPools.setBack({ organisationId, ...grant }, voidMs, session);
  return { ...grant, voidMs };
}
