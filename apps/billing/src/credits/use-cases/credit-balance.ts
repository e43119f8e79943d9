import { notFound } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { grantDue, type GrantDueParts } from '../../recurring-credits/use-cases/grant-due';
import type { ServiceParts } from '../../service-parts';
import { burnDown, spansOf, type CreditBalance } from '../domain/burn-down';
import { knownGrant } from '../domain/credit-grant';
import { moneyBalance } from '../domain/money/money-balance';
import { consumedIn } from './consumption';

/** Whose balance of what, as of when. */
export interface BalanceQuestion {
  readonly accountId: string;
  readonly creditUnitId: string;
  /** Unset, or later than the organisation's present: the present. */
  readonly atMs?: number;
  /** What became known later is left out. Unset: nothing is. */
  readonly knownMs?: number;
  /** From an ingest answer: its events are counted first. Empty: whatever is counted. */
  readonly consistencyToken: string;
  readonly signal: AbortSignal;
}

/** A balance, and the instant that it is of. */
export interface BalanceAnswer extends Omit<CreditBalance, 'state'> {
  readonly atMs: number;
}

/** What a balance is counted from. */
export type BalanceParts = Pick<
  ServiceParts,
  'accounts' | 'creditUnits' | 'creditUses' | 'clocks' | 'metering'
> &
  GrantDueParts;

/**
 * Counts an account's credits from its grants and its usage, of money from what it was used for. Throws a DomainError:
 * of kind not_found when there is no such account or unit, unavailable when its usage cannot be read, or only in part,
 * just now.
 */
export async function creditBalance(
  parts: BalanceParts,
  organisationId: OrganisationId,
  question: BalanceQuestion,
): Promise<BalanceAnswer> {
  const { accounts, creditUnits, creditGrants, creditUses, clocks, metering } = parts;
  const { knownMs = Infinity } = question;
  const [account, unit, { nowMs }] = await Promise.all([
    accounts.find(organisationId, question.accountId),
    creditUnits.find(organisationId, question.creditUnitId),
    clocks.presentOf(organisationId, question.accountId),
  ]);
  if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (unit === undefined)
    throw notFound('CREDIT_UNIT_NOT_FOUND', 'There is no unit of credits of that id.');
  const atMs = Math.min(question.atMs ?? nowMs, nowMs);
  await grantDue(parts, organisationId, { nowMs, accountId: account.id });
  const all = await creditGrants.ofAccount(organisationId, account.id, unit.id);
  const grants = all.flatMap((grant) => knownGrant(grant, knownMs) ?? []);
  const { consistencyToken, signal } = question;
  if (unit.currencyCode !== undefined) {
    const uses = await creditUses.ofAccounts(organisationId, [account.id], unit.id);
    const known = uses.filter(({ createMs }) => createMs <= knownMs);
    return { atMs, ...moneyBalance(grants, known, atMs) };
  }
  const consumer = {
    ...{ organisationId, accountId: account.id, consistencyToken, signal },
    ...(question.knownMs === undefined ? {} : { knownMs }),
  };
  const spans = await consumedIn(metering, unit.rates, spansOf(grants, atMs), consumer);
  return { atMs, ...burnDown(grants, spans, unit.overage, atMs) };
}
