import { euVat } from 'stdnum';
import type Stripe from 'stripe';
import type { TaxId } from '../../totals/domain/assessment';

type StripeTaxId = Stripe.Tax.CalculationCreateParams.CustomerDetails.TaxId;

/** Types of the numbers that businesses of a country have, beside those of the European Union. */
const TYPES: Readonly<Record<string, StripeTaxId['type']>> = {
  AU: 'au_abn',
  CA: 'ca_bn',
  CH: 'ch_vat',
  GB: 'gb_vat',
  IN: 'in_gst',
  JP: 'jp_cn',
  NO: 'no_vat',
  NZ: 'nz_gst',
  US: 'us_ein',
  ZA: 'za_vat',
};

/** Tax ids as the service takes them; of other countries none is sent. */
export function stripeTaxIds(taxIds: readonly TaxId[]): StripeTaxId[] {
  return taxIds.flatMap(({ countryCode, value }) => {
    const type = euVat[countryCode] === undefined ? TYPES[countryCode] : 'eu_vat';
    return type === undefined ? [] : [{ type, value }];
  });
}
