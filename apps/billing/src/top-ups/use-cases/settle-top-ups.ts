import type { OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import { grantedOf, type Granting, type SettledInvoice, type TopUp } from '../domain/top-up';
import type { TopUpRule } from '../domain/top-up-rule';
import { boughtGrantId, grantBought } from './grant-bought';

/** An invoice of which nothing is open any more, and that may be for credits that were bought. */
export interface SettledBill extends SettledInvoice {
  /** Its only bill. */
  readonly billId: string;
}

/**
 * Grants what waits for its invoice to be paid, or gives it up where the invoice is void or taken back whole; then the
 * rule pauses, so that nobody has to void one invoice after the other. Told again, it does nothing. Answers whether
 * anything was settled.
 */
export async function settleTopUps(
  parts: ServiceParts,
  organisationId: OrganisationId,
  settled: readonly SettledBill[],
): Promise<boolean> {
  const byBill = new Map(settled.map((each) => [each.billId, each]));
  const waiting = await parts.topUps.waitingFor(organisationId, [...byBill.keys()]);
  let any = false;
  for (const topUp of waiting) {
    const invoice = byBill.get(topUp.billId);
    if (invoice === undefined) continue;
    const isSettled = await inTransaction(parts.mongo, (session) =>
      settle(parts, session, organisationId, { topUp, invoice }),
    );
    any ||= isSettled;
  }
  return any;
}

async function settle(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  { topUp, invoice }: { readonly topUp: TopUp; readonly invoice: SettledInvoice },
): Promise<boolean> {
  const { accounts, clocks, creditUnits, topUps, topUpRules } = parts;
  const rule = await topUpRules.find(organisationId, topUp.ruleId, session);
  if (rule === undefined) return false;
  const unit = await creditUnits.find(organisationId, rule.creditUnitId, session);
  const { nowMs } = await clocks.fencedPresent(organisationId, rule.accountId, session);
  const { isTest = false } = (await accounts.find(organisationId, rule.accountId, session)) ?? {};
  const amount = grantedOf(topUp.amount, invoice, unit?.currencyCode);
  const granting: Granting = amount.isZero()
    ? { kind: 'cancelled' }
    : { kind: 'granted', creditGrantId: boughtGrantId(topUp, nowMs) };
  if (!(await topUps.settle(organisationId, topUp, granting, session))) return false;
  if (granting.kind === 'granted')
    await grantBought(parts, session, organisationId, { rule, topUp, amount, nowMs, isTest });
  const { waitingId: _, ...rest } = rule;
  const { pause = granting.kind === 'cancelled' ? VOIDED : undefined } = rest;
  const changed: TopUpRule = { ...rest, ...(pause && { pause }), version: rule.version + 1 };
  await topUpRules.replace(organisationId, changed, session);
  return true;
}

const VOIDED = { reason: 'invoice_voided' } as const;
