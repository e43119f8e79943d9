import { notFound, unavailable } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import type { ServiceParts } from '../../service-parts';
import { mapBounded } from '../../usage/bounded';
import type { Metering } from '../../usage/metering';
import { burnDown, spansOf, type CreditBalance } from '../domain/burn-down';
import { knownGrant } from '../domain/credit-grant';
import type { CreditRate } from '../domain/credit-unit';

/** Usage queries of one question at the same time. */
const QUERIES_AT_ONCE = 8;

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
export interface BalanceAnswer extends CreditBalance {
  readonly atMs: number;
}

/**
 * Counts an account's credits from its grants and its usage. Throws a DomainError: of kind not_found when there is no
 * such account or unit, unavailable when its usage cannot be read, or only in part, just now.
 */
export async function creditBalance(
  { accounts, creditUnits, creditGrants, clocks, metering }: ServiceParts,
  organisationId: OrganisationId,
  question: BalanceQuestion,
): Promise<BalanceAnswer> {
  const { knownMs = Infinity } = question;
  const [account, unit, { nowMs }] = await Promise.all([
    accounts.find(organisationId, question.accountId),
    creditUnits.find(organisationId, question.creditUnitId),
    clocks.present(organisationId),
  ]);
  if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (unit === undefined)
    throw notFound('CREDIT_UNIT_NOT_FOUND', 'There is no unit of credits of that id.');
  const atMs = Math.min(question.atMs ?? nowMs, nowMs);
  const all = await creditGrants.ofAccount(organisationId, account.id, unit.id);
  const grants = all.flatMap((grant) => knownGrant(grant, knownMs) ?? []);
  const asking = { ...question, organisationId, accountId: account.id };
  const spans = await mapBounded(spansOf(grants, atMs), QUERIES_AT_ONCE, async (period) => ({
    ...period,
    consumed: await consumedIn(metering, unit.rates, period, asking),
  }));
  return { atMs, ...burnDown(grants, spans, unit.overage, atMs) };
}

/** What the usage of a span burns, by all rates together. */
async function consumedIn(
  metering: Metering,
  rates: readonly CreditRate[],
  period: Period,
  asking: Omit<BalanceQuestion, 'accountId'> & {
    readonly organisationId: OrganisationId;
    readonly accountId: AccountId;
  },
): Promise<Decimal> {
  const { organisationId, accountId, knownMs, consistencyToken, signal } = asking;
  let consumed = decimal(0n);
  for (const { meterProfile, amount } of rates) {
    const { quantity, partial } = await metering.usage({
      ...{ organisationId, accountId, meterProfile, period, timeZone: 'UTC' },
      ...{ consistencyToken, signal, ...(knownMs === undefined ? {} : { knownMs }) },
    });
    // Counted in part, more would seem to be left than there is.
    if (partial)
      throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
    if (quantity !== undefined) consumed = consumed.add(quantity.mul(amount));
  }
  return consumed;
}
