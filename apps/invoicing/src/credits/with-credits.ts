import type { OrganisationId } from '@billingrails/ids';
import {
  creditsAppliedOf,
  type DraftInvoice,
  type InvoiceCredit,
} from '../invoices/domain/invoice';
import type { Prepaid } from './prepaid';

/**
 * Drafts that are finalized now, with the credits that pay them. Asked again, by whoever does it again, the credits are
 * the same. What would pay more than the invoice comes to, as it came to more when it was first asked for, is given
 * back.
 */
export async function withCredits(
  prepaid: Prepaid,
  drafts: readonly DraftInvoice[],
): Promise<DraftInvoice[]> {
  const byOrganisation = new Map<OrganisationId, DraftInvoice[]>();
  for (const draft of drafts) {
    if (draft.total.minorUnits <= 0n || draft.buysCredits === true) continue;
    const others = byOrganisation.get(draft.organisationId);
    if (others === undefined) byOrganisation.set(draft.organisationId, [draft]);
    else others.push(draft);
  }
  const credits = new Map<DraftInvoice, readonly InvoiceCredit[]>();
  for (const [organisationId, own] of byOrganisation) {
    const paid = await prepaid.apply(organisationId, own);
    for (const [index, draft] of own.entries())
      credits.set(draft, await atMostTotal(prepaid, draft, paid[index] ?? []));
  }
  return drafts.map((draft) => ({ ...draft, credits: credits.get(draft) ?? [] }));
}

async function atMostTotal(
  prepaid: Prepaid,
  { id, organisationId, total }: DraftInvoice,
  credits: readonly InvoiceCredit[],
): Promise<readonly InvoiceCredit[]> {
  const { currencyCode } = total;
  let excess = creditsAppliedOf({ credits, total }).minorUnits - total.minorUnits;
  if (excess <= 0n) return credits;
  const atMost = { currencyCode, minorUnits: excess };
  await prepaid.giveBack(organisationId, { id: `${id}/excess/${excess}`, invoiceId: id, atMost });
  const kept = [...credits].reverse().flatMap((credit): InvoiceCredit[] => {
    const { minorUnits } = credit.amount;
    const back = minorUnits < excess ? minorUnits : excess;
    excess -= back;
    const left = { currencyCode, minorUnits: minorUnits - back };
    return left.minorUnits === 0n ? [] : [{ ...credit, amount: left }];
  });
  return kept.reverse();
}
