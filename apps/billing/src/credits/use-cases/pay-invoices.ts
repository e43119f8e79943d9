import { assert, invalid, type Violation } from '@billingrails/errors';
import type { AccountId, CreditGrantId, OrganisationId } from '@billingrails/ids';
import { decimal, moneyText, type Money } from '@billingrails/money';
import { inTransaction } from '@billingrails/mongo';
import type { GrantDueParts } from '../../recurring-credits/use-cases/grant-due';
import { grantDueOf } from '../../recurring-credits/use-cases/grant-due-of';
import type { ServiceParts } from '../../service-parts';
import { burnedBy, type CreditUse, type CreditUsePart } from '../domain/money/credit-use';
import { returned } from '../domain/money/taking';
import { readWallets } from './wallets';

/** An invoice that prepaid credits are to pay. */
export interface PayableInvoice {
  readonly invoiceId: string;
  readonly accountId: AccountId;
  readonly amount: Money;
  /** Its date. */
  readonly issueMs: number;
}

/** What is to be given back of what pays an invoice. */
export interface CreditReturn {
  readonly returnId: string;
  readonly invoiceId: string;
  /** Unset: all. */
  readonly amount?: Money;
}

/** What was given back, above 0. */
export interface Returned {
  /** Empty where nothing was. */
  readonly currencyCode: string;
  readonly credits: readonly NamedPart[];
}

/** A part with its grant's memo. */
export interface NamedPart extends CreditUsePart {
  readonly memo: string;
}

type PayParts = Pick<
  ServiceParts,
  'mongo' | 'creditUnits' | 'creditGrants' | 'creditUses' | 'creditPools' | 'clocks' | 'topUpRules'
> &
  GrantDueParts;

/**
 * Pays invoices with the paid credits of whoever owes them, each once: what it was answered first is the answer for
 * good. In the order of the invoices; all or none.
 */
export async function payInvoices(
  parts: PayParts,
  organisationId: OrganisationId,
  invoices: readonly PayableInvoice[],
): Promise<NamedPart[][]> {
  const { mongo, creditUses, creditPools, clocks, topUpRules } = parts;
  checkInvoices(invoices);
  const ids = invoices.map(({ invoiceId }) => invoiceId);
  const owners = [...new Set(invoices.map(({ accountId }) => accountId))];
  await grantDueOf(parts, organisationId, owners);
  const uses = await inTransaction(mongo, async (session) => {
    const before = await creditUses.ofSources(organisationId, 'invoice', ids, session);
    const open = invoices.filter(({ invoiceId }) => !before.has(invoiceId));
    const owners = open.map(({ accountId, amount }) => ({ accountId, ...amount }));
    const wallets = await readWallets(parts, organisationId, owners, session);
    const { nowMs: createMs } = await clocks.present(organisationId, session);
    const made = open.flatMap(({ invoiceId, accountId, amount, issueMs }): CreditUse[] => {
      const { currencyCode, minorUnits } = amount;
      const found = wallets.get(currencyCode);
      if (found === undefined) return [];
      return [
        {
          source: { kind: 'invoice', id: invoiceId },
          ...{ accountId, creditUnitId: found.unit.id, timeMs: issueMs, createMs },
          parts: found.wallet.pay(accountId, minorUnits, issueMs),
        },
      ];
    });
    await creditUses.insert(organisationId, made, session);
    for (const { parts: burned, timeMs, ...pool } of made)
      if (burned.length > 0)
        await creditPools.setBack({ organisationId, ...pool }, timeMs, session);
    return new Map([...before, ...made.map((use) => [use.source.id, use] as const)]);
  });
  // Where this is lost with the process, rules are looked at within their rest.
  const burning = [...uses.values()].flatMap((use) => (use.parts.length > 0 ? use.accountId : []));
  if (burning.length > 0) await topUpRules.wake(organisationId, [...new Set(burning)]);
  return named(
    parts,
    organisationId,
    ids.map((id) => uses.get(id)?.parts ?? []),
  );
}

/** Gives back what pays an invoice, each return once: what it was answered first is the answer for good. */
export async function returnCredits(
  parts: PayParts,
  organisationId: OrganisationId,
  { returnId, invoiceId, amount }: CreditReturn,
): Promise<Returned> {
  const { mongo, creditUnits, creditUses, creditPools, clocks } = parts;
  const use = await inTransaction(mongo, async (session) => {
    const before = await creditUses.ofSources(organisationId, 'return', [returnId], session);
    const first = before.get(returnId);
    if (first !== undefined) return first;
    const uses = await creditUses.ofInvoice(organisationId, invoiceId, session);
    const paid = uses.find(({ source }) => source.kind === 'invoice');
    if (paid === undefined) return undefined;
    const { accountId, creditUnitId } = paid;
    const burned = burnedBy(uses);
    const applied = paid.parts.map(({ creditGrantId }) => {
      return { creditGrantId, amount: burned.get(creditGrantId) ?? decimal(0n) };
    });
    const all = applied.reduce((sum, part) => sum.add(part.amount), decimal(0n));
    const atMost = amount === undefined ? all : decimal(moneyText(amount));
    const { nowMs } = await clocks.present(organisationId, session);
    const made: CreditUse = {
      source: { kind: 'return', id: returnId, invoiceId },
      ...{ accountId, creditUnitId, timeMs: nowMs, createMs: nowMs },
      parts: returned(applied, atMost),
    };
    await creditUses.insert(organisationId, [made], session);
    await creditPools.setBack({ organisationId, accountId, creditUnitId }, nowMs, session);
    return made;
  });
  if (use === undefined) return { currencyCode: '', credits: [] };
  const unit = await creditUnits.find(organisationId, use.creditUnitId);
  assert(unit?.currencyCode !== undefined, 'money pays invoices');
  const back = use.parts.map((part) => ({ ...part, amount: part.amount.neg() }));
  const [credits = []] = await named(parts, organisationId, [back]);
  return { currencyCode: unit.currencyCode, credits };
}

function checkInvoices(invoices: readonly PayableInvoice[]): void {
  const ids = invoices.map(({ invoiceId }) => invoiceId);
  const violations = invoices.flatMap(({ invoiceId }, index): Violation[] => [
    ...(ids.indexOf(invoiceId) < index
      ? [{ field: `invoices[${index}].invoice_id`, description: 'stands in an earlier one' }]
      : []),
  ]);
  if (violations.length > 0)
    throw invalid('PAYABLE_INVOICES_INVALID', 'The invoices cannot be paid.', violations);
}

async function named(
  { creditGrants }: PayParts,
  organisationId: OrganisationId,
  lists: readonly (readonly CreditUsePart[])[],
): Promise<NamedPart[][]> {
  const ids = new Set<CreditGrantId>(lists.flat().map(({ creditGrantId }) => creditGrantId));
  const grants = ids.size === 0 ? undefined : await creditGrants.findMany(organisationId, [...ids]);
  return lists.map((list) =>
    list.map((part) => ({ ...part, memo: grants?.get(part.creditGrantId)?.memo ?? '' })),
  );
}
