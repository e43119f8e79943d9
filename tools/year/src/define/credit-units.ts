import { CreditOverage } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import { profileOf } from './meters';

const { BORROWED, LEFT } = CreditOverage;

/** A unit that credits are counted in, and what burns it. */
export interface CreditUnit {
  readonly id: string;
  /** Unset for money. */
  readonly meterProfile?: { readonly meterId: string; readonly profile: string };
}

/** The units that credits are counted in, by their names. */
export async function defineCreditUnits(
  clients: Clients,
  { credits }: History,
  meters: ReadonlyMap<string, string>,
): Promise<Map<string, CreditUnit>> {
  const units = new Map<string, CreditUnit>();
  for (const { name, usage, amount, borrows } of credits?.units ?? []) {
    const meterProfile = { meterId: meters.get(usage.event) ?? '', profile: profileOf(usage) };
    const rates = [{ meterProfile, amount }];
    const request = { code: name, name, rates, overage: borrows ? BORROWED : LEFT };
    const { creditUnit } = await steadily(() =>
      clients.credits.createCreditUnit({ ...request, requestId: name }),
    );
    if (creditUnit === undefined) throw new Error('The credit unit was not returned.');
    units.set(name, { id: creditUnit.id, meterProfile });
  }
  for (const { name, currency: currencyCode } of credits?.money ?? []) {
    const request = { code: name, name, currencyCode, requestId: name };
    const { creditUnit } = await steadily(() => clients.credits.createCreditUnit(request));
    if (creditUnit === undefined) throw new Error('The credit unit was not returned.');
    units.set(name, { id: creditUnit.id });
  }
  return units;
}
