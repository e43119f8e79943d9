import { derivedIdAt, type CreditGrantId, type OrganisationId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { addToOutbox } from '@billingrails/mongo';
import { DAY_MS } from '@billingrails/time';
import type { ClientSession } from 'mongodb';
import { creditGrantChanged } from '../../credits/contract/credit-grant-changed';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import type { ServiceParts } from '../../service-parts';
import type { TopUp } from '../domain/top-up';
import type { TopUpRule } from '../domain/top-up-rule';

/** What was bought, and is granted now. */
export interface Bought {
  readonly rule: TopUpRule;
  readonly topUp: Pick<TopUp, 'id' | 'number'>;
  readonly amount: Decimal;
  /** By the account's clock. */
  readonly nowMs: number;
  readonly isTest: boolean;
}

/** Follows from the rule and the number. */
export function boughtGrantId(
  { ruleId, number }: Pick<TopUp, 'ruleId' | 'number'>,
  nowMs: number,
): CreditGrantId {
  return derivedIdAt('cgr', nowMs, ruleId, `${number}`);
}

/** Grants what a rule has bought: a paid grant. */
export async function grantBought(
  { mongo, clocks, creditGrants, creditPools }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { rule, topUp, amount, nowMs, isTest }: Bought,
): Promise<void> {
  const { id: ruleId, accountId, creditUnitId, terms } = rule;
  const { description: memo, expiryDays, priority } = terms;
  const grant: CreditGrant = {
    id: boughtGrantId({ ruleId, number: topUp.number }, nowMs),
    ...{ accountId, creditUnitId, amount, category: 'paid', priority, topUpId: topUp.id },
    ...{ memo, effectiveMs: nowMs, createMs: nowMs },
    ...(expiryDays === undefined ? {} : { expiryMs: nowMs + expiryDays * DAY_MS }),
  };
  await creditGrants.insert(organisationId, grant, session);
  await creditPools.setBack({ organisationId, accountId, creditUnitId }, nowMs, session);
  const when = { isTest, occurMs: nowMs, createMs: clocks.realMs() };
  const change = { type: 'credit_grant.created', grant, ...when } as const;
  await addToOutbox(mongo.db, session, creditGrantChanged(organisationId, change));
}
