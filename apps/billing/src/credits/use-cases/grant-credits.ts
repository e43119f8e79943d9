import { precondition, invalid } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import { decimal, moneyText, type Decimal } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { creditGrantChanged } from '../contract/credit-grant-changed';
import { amountViolations, endOf, termViolations, type CreditGrant } from '../domain/credit-grant';
import type { CreditUnit } from '../domain/credit-unit';
import { existingGrant, existingUnit } from './existing';
import { fittingScope } from './fitting-scope';
import { markGranted } from './mark-granted';
import { readWallets } from './wallets';

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
  const { scope, violations: notFitting } = await fittingScope(
    parts,
    session,
    organisationId,
    unit,
    terms,
  );
  const unfit = [...notFitting, ...amountViolations(unit, terms.amount)];
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
    ...(scope && { scope }),
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

/** The most that is taken back of a grant in parts. */
const PARTS_MAX = 100;

/** Takes back what is left of a grant now, or at most an amount of it. */
export async function voidGrant(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { creditGrantId, amount }: { readonly creditGrantId: string; readonly amount?: Decimal },
): Promise<CreditGrant> {
  const { creditGrants, creditPools, clocks } = parts;
  const grant = await existingGrant(parts, organisationId, creditGrantId, session);
  const { nowMs } = await clocks.presentOf(organisationId, grant.accountId, session);
  if (endOf(grant) <= nowMs)
    throw precondition(
      'CREDIT_GRANT_ENDED',
      grant.voidMs === undefined ? 'The grant has expired.' : 'The grant was voided before.',
    );
  const voided =
    amount === undefined
      ? { ...grant, voidMs: nowMs }
      : await withoutPart(parts, session, organisationId, { grant, amount, nowMs });
  if (voided.voidMs !== undefined)
    await creditGrants.voidAt(organisationId, grant.id, nowMs, session);
  await creditPools.setBack({ organisationId, ...grant }, nowMs, session);
  return voided;
}

/**
 * Of credits that usage burns it is counted later how much of the part was left; of money what is left is known, and no
 * more is taken back.
 */
async function withoutPart(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  asked: { readonly grant: CreditGrant; readonly amount: Decimal; readonly nowMs: number },
): Promise<CreditGrant> {
  const { grant, amount, nowMs: ms } = asked;
  const { partialVoids = [] } = grant;
  const unit = await existingUnit(parts, organisationId, grant.creditUnitId);
  const violations = [
    ...(amount.isZero() ? [{ field: 'amount', description: 'must be above 0' }] : []),
    ...amountViolations(unit, amount),
  ];
  if (violations.length > 0)
    throw invalid('CREDIT_GRANT_INVALID', 'So much cannot be taken back.', violations);
  if (ms < grant.effectiveMs)
    throw precondition(
      'CREDIT_GRANT_PENDING',
      'The grant has not taken effect: it can be voided whole, and another made.',
    );
  if (partialVoids.length >= PARTS_MAX)
    throw precondition('CREDIT_GRANT_PARTS', `Of the grant ${PARTS_MAX} parts were taken back.`);
  const part = { ms, amount: await atMostLeft(parts, session, organisationId, { ...asked, unit }) };
  await parts.creditGrants.voidPart(organisationId, grant.id, part, session);
  return { ...grant, partialVoids: [...partialVoids, part] };
}

async function atMostLeft(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  {
    grant,
    amount,
    unit,
  }: { readonly grant: CreditGrant; readonly amount: Decimal; readonly unit: CreditUnit },
): Promise<Decimal> {
  const { currencyCode } = unit;
  if (currencyCode === undefined) return amount;
  const owner = { accountId: grant.accountId, currencyCode };
  const found = (await readWallets(parts, organisationId, [owner], session)).get(currencyCode);
  const minorUnits = found?.wallet.left(grant.id) ?? 0n;
  if (minorUnits <= 0n) throw precondition('CREDIT_GRANT_USED_UP', 'Nothing is left of the grant.');
  const left = decimal(moneyText({ currencyCode, minorUnits }));
  return left.lt(amount) ? left : amount;
}
