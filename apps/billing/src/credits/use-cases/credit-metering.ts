import { assert, DomainError } from '@billingrails/errors';
import { parseId, type AccountId, type CreditUnitId, type OrganisationId } from '@billingrails/ids';
import { grantDueOf, type GrantDueOfParts } from '../../recurring-credits/use-cases/grant-due-of';
import { answerOf } from '../../usage/ask-usage';
import type { FoundMeter, Metering, UsageAnswer, UsagesQuestion } from '../../usage/metering';
import { overageIn, spansOf } from '../domain/burn-down';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditUnit } from '../domain/credit-unit';
import type { CreditUnitStore } from '../store/credit-units';
import { consumption, PARTIAL } from './consumption';

/** What a unit of credits counts, as a meter does: credits that usage would have burned and that no grant covered. */
const OVERAGE_PROFILE = 'overage';

/** Where units and grants are found. */
export interface CreditMeteringParts extends GrantDueOfParts {
  readonly creditUnits: CreditUnitStore;
}

/**
 * Metering that knows units of credits whose overage is billed beside meters: each has one profile, of what no grant
 * covers. So a fee prices it, a cycle is cut, and what is known later is adjusted, as with any other usage.
 */
export function withCredits(metering: Metering, parts: CreditMeteringParts): Metering {
  const usages = async (question: UsagesQuestion) => {
    const unitId = unitIdOf(question);
    if (unitId === undefined) return metering.usages(question);
    return overages(metering, parts, unitId, question);
  };
  return {
    ...metering,
    accountUsage: (question) => metering.accountUsage(question),
    usages,
    async usage({ accountId, ...question }) {
      if (unitIdOf(question) === undefined) return metering.usage({ accountId, ...question });
      return answerOf(await usages({ ...question, accountIds: [accountId] }), accountId);
    },
    async findMeter(organisationId, meterId, signal) {
      const unitId = parseId('cun', meterId);
      if (unitId === undefined) return metering.findMeter(organisationId, meterId, signal);
      const unit = await parts.creditUnits.find(organisationId, unitId);
      return unit?.overage === 'billed' ? meterOf(unit) : undefined;
    },
  };
}

function unitIdOf({ meterProfile }: Pick<UsagesQuestion, 'meterProfile'>) {
  return parseId('cun', meterProfile.meterId);
}

function meterOf({ id }: CreditUnit): FoundMeter {
  return {
    ...{ meterId: id, eventName: '', isArchived: false, defaultProfile: OVERAGE_PROFILE },
    groupByCounts: new Map([[OVERAGE_PROFILE, 0]]),
    ...{ summing: new Set(), divisible: new Set(), adding: new Set([OVERAGE_PROFILE]) },
  };
}

/** Of accounts that ask at the same time usage is one question. */
async function overages(
  metering: Metering,
  parts: CreditMeteringParts,
  unitId: CreditUnitId,
  question: UsagesQuestion,
): Promise<ReadonlyMap<AccountId, UsageAnswer>> {
  const { organisationId, accountIds } = question;
  const unit = await parts.creditUnits.find(organisationId, unitId);
  assert(unit !== undefined, 'a unit that is priced is never deleted');
  await grantDueOf(parts, organisationId, accountIds);
  const grants = await parts.creditGrants.ofAccounts(organisationId, accountIds, unitId);
  const byAccount = new Map(accountIds.map((id): [AccountId, CreditGrant[]] => [id, []]));
  for (const grant of grants) byAccount.get(grant.accountId)?.push(grant);
  return new Map(
    await Promise.all(
      [...byAccount].map(async ([accountId, own]): Promise<[AccountId, UsageAnswer]> => [
        accountId,
        await overageOf(metering, organisationId, unit, { ...question, accountId, grants: own }),
      ]),
    ),
  );
}

interface OverageQuestion extends Omit<UsagesQuestion, 'accountIds'> {
  readonly accountId: AccountId;
  readonly grants: readonly CreditGrant[];
}

async function overageOf(
  metering: Metering,
  organisationId: OrganisationId,
  { rates }: CreditUnit,
  { period, grants, accountId, ...asked }: OverageQuestion,
): Promise<UsageAnswer> {
  const { startMs, endMs } = period;
  const spans = spansOf(grants, endMs, [startMs], -Infinity, startMs);
  const { meterProfile: _, timeZone: __, ...how } = asked;
  try {
    const consumer = { ...how, organisationId, accountId };
    const { spans: counted } = await consumption(metering, rates, spans, consumer);
    return {
      quantity: overageIn(period, grants, counted),
      eventCount: counted
        .filter((span) => span.startMs >= startMs)
        .reduce((sum, { eventCount }) => sum + eventCount, 0n),
      partial: false,
    };
  } catch (error) {
    if (!(error instanceof DomainError) || error.reason !== PARTIAL) throw error;
    return { eventCount: 0n, partial: true };
  }
}
