import type { Address, TaxId } from '../../totals/domain/assessment';
import { REVERSE_CHARGE_NOTE, type TaxSettings } from './tax-settings';

/** What decides about the taxes of the invoices that an account owes. */
export interface AccountTaxDetails {
  /** Unset: where the seller is. */
  readonly address?: Address;
  readonly taxIds: readonly TaxId[];
  /** Unset: it owes tax. */
  readonly exemption?: TaxExemption;
}

export interface TaxExemption {
  readonly kind: 'exempt' | 'reverse_charge';
  /** May be empty. */
  readonly note: string;
  /** Unset: for good. */
  readonly endMs?: number;
}

/** Those of an account of which nothing was said. */
export const NO_TAX_DETAILS: AccountTaxDetails = { taxIds: [] };

/** Whether an account owes tax at an instant, and what invoices say where it does not. */
export type Liability =
  | { readonly kind: 'taxed' }
  | { readonly kind: 'exempt' | 'reverse_charge'; readonly note: string };

/**
 * An account is freed of tax by its exemption, or accounts for it where it has a tax id of its country, that is one of
 * the countries with a reverse charge, and the seller is elsewhere.
 */
export function liabilityOf(
  settings: TaxSettings,
  { address, taxIds, exemption }: AccountTaxDetails,
  atMs: number,
): Liability {
  const reverseNote = settings.reverseChargeNote || REVERSE_CHARGE_NOTE;
  if (exemption !== undefined && atMs < (exemption.endMs ?? Infinity)) {
    const { kind, note } = exemption;
    return { kind, note: kind === 'reverse_charge' ? note || reverseNote : note };
  }
  const countryCode = address?.countryCode;
  const isReversed =
    countryCode !== undefined &&
    countryCode !== settings.seller?.address?.countryCode &&
    settings.reverseChargeCountryCodes.includes(countryCode) &&
    taxIds.some((taxId) => taxId.countryCode === countryCode);
  return isReversed ? { kind: 'reverse_charge', note: reverseNote } : { kind: 'taxed' };
}
