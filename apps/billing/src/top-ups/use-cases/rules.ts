import { conflict, invalid, notFound, precondition, type Violation } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { payerIdOf } from '../../accounts/use-cases/payer-id';
import type { ServiceParts } from '../../service-parts';
import {
  termsViolations,
  type TopUpPause,
  type TopUpRule,
  type TopUpTerms,
} from '../domain/top-up-rule';

/** A rule as it was asked for. */
export interface TopUpRuleDraft {
  readonly accountId: string;
  readonly creditUnitId: string;
  readonly subscriptionId: string;
  readonly terms: TopUpTerms;
}

/** Creates a rule: one for an account and unit. */
export async function createRule(
  { ids, accounts, creditUnits, subscriptions, topUpRules, clocks }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { terms, ...named }: TopUpRuleDraft,
): Promise<TopUpRule> {
  const account = await accounts.find(organisationId, named.accountId, session);
  const unit = await creditUnits.find(organisationId, named.creditUnitId, session);
  const found = await subscriptions.find(organisationId, named.subscriptionId, session);
  // Money pays the invoices of who owes them, and is bought by an invoice of theirs.
  const isMoney = unit?.currencyCode !== undefined;
  const ownerId =
    isMoney && found
      ? await payerIdOf(accounts, organisationId, found.accountId, session)
      : found?.accountId;
  const isPaidByOther = found?.accountId === named.accountId && ownerId !== named.accountId;
  const subscription = ownerId === named.accountId ? found : undefined;
  const missing: Violation[] = [
    ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
    ...(unit === undefined
      ? [{ field: 'credit_unit_id', description: 'names no unit of credits' }]
      : []),
    ...(isPaidByOther
      ? [{ field: 'account_id', description: `does not owe its bills: "${ownerId}" does` }]
      : []),
    ...(subscription === undefined && !isPaidByOther
      ? [
          {
            field: 'subscription_id',
            description: `names no subscription ${isMoney ? 'whose bills the account owes' : 'of the account'}`,
          },
        ]
      : []),
    // Money is bought for money of its own currency.
    ...(subscription === undefined ||
    (unit?.currencyCode ?? subscription.currencyCode) === subscription.currencyCode
      ? []
      : [
          {
            field: 'credit_unit_id',
            description: `is money of another currency than the subscription's ${subscription.currencyCode}`,
          },
        ]),
  ];
  if (
    account === undefined ||
    unit === undefined ||
    subscription === undefined ||
    missing.length > 0
  )
    throw precondition(
      'TOP_UP_RULE_UNRESOLVED',
      'Something that it names does not exist, or does not fit.',
      missing,
    );
  const { currencyCode, timeZone, id: subscriptionId } = subscription;
  refuse(termsViolations(terms, currencyCode, unit));
  const { nowMs: createMs } = await clocks.presentOf(organisationId, account.id, session);
  const rule: TopUpRule = {
    ...{ id: ids.next('tur'), accountId: account.id, creditUnitId: unit.id, subscriptionId },
    ...{ currencyCode, timeZone, terms: described(terms, unit.name) },
    ...{ count: 0, createMs, version: 1 },
  };
  if ((await topUpRules.findFor(organisationId, rule, session)) !== undefined)
    throw conflict('TOP_UP_RULE_EXISTS', 'The account has a rule for the unit.');
  await topUpRules.insert(organisationId, rule, session);
  return rule;
}

/** Gives a rule other terms; what they let it buy of the month it goes on with. */
export async function updateRule(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { id, terms }: { readonly id: string; readonly terms: TopUpTerms },
): Promise<TopUpRule> {
  const rule = await existingRule(parts, organisationId, id, session);
  const unit = await parts.creditUnits.find(organisationId, rule.creditUnitId, session);
  refuse(termsViolations(terms, rule.currencyCode, unit));
  const { pause, ...active } = rule;
  const stays = pause !== undefined && !('resumeMs' in pause) ? { pause } : {};
  const changed = { ...active, ...stays, terms: described(terms, unit?.name ?? '') };
  return keep(parts, session, organisationId, changed);
}

/** Pauses a rule, or with nothing lets it go on. */
export async function setPause(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { id, pause }: { readonly id: string; readonly pause: TopUpPause | undefined },
): Promise<TopUpRule> {
  const { pause: _, ...active } = await existingRule(parts, organisationId, id, session);
  return keep(parts, session, organisationId, { ...active, ...(pause && { pause }) });
}

/** The rule. Throws a DomainError of kind not_found where there is none of that id. */
export async function existingRule(
  { topUpRules }: Pick<ServiceParts, 'topUpRules'>,
  organisationId: OrganisationId,
  id: string,
  session?: ClientSession,
): Promise<TopUpRule> {
  const rule = await topUpRules.find(organisationId, id, session);
  if (rule === undefined)
    throw notFound('TOP_UP_RULE_NOT_FOUND', 'There is no top-up rule of that id.');
  return rule;
}

async function keep(
  { topUpRules }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  rule: TopUpRule,
): Promise<TopUpRule> {
  const changed = { ...rule, version: rule.version + 1 };
  await topUpRules.replace(organisationId, changed, session);
  return changed;
}

function described(terms: TopUpTerms, unitName: string): TopUpTerms {
  const description = terms.description || `Credits: ${unitName}`.slice(0, DESCRIPTION_MAX);
  return { ...terms, description };
}

const DESCRIPTION_MAX = 128;

function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0)
    throw invalid('TOP_UP_RULE_INVALID', 'The rule cannot be as asked for.', violations);
}
