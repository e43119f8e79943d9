import type { Party } from '../../totals/domain/assessment';
import type { TaxRounding } from '../../totals/domain/taxes';

/** How an organisation's invoices are taxed. */
export interface TaxSettings {
  /** Where taxes come from: none, the organisation's table, or a calculation service. */
  readonly calculation: 'none' | 'rates' | 'service';
  readonly seller?: Party;
  /** Where nothing else is said of a fee. */
  readonly pricesIncludeTax: boolean;
  readonly rounding: TaxRounding;
  /** Where customers with a tax id of the country account for the tax, unless the seller is there, too. */
  readonly reverseChargeCountryCodes: readonly string[];
  /** May be empty: then as `REVERSE_CHARGE_NOTE`. */
  readonly reverseChargeNote: string;
}

/** Those of an organisation that never said anything. */
export const NO_TAX_SETTINGS: TaxSettings = {
  calculation: 'none',
  pricesIncludeTax: false,
  rounding: 'invoice',
  reverseChargeCountryCodes: [],
  reverseChargeNote: '',
};

/** What an invoice with a reverse charge says. */
export const REVERSE_CHARGE_NOTE = 'Reverse charge: the recipient is liable for the tax.';

/** How what a fee charges is taxed. */
export interface FeeTax {
  /** May be empty. */
  readonly category: string;
  /** Unset: as the settings say. */
  readonly priceIncludesTax?: boolean;
}
