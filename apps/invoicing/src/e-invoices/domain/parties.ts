import type { Party } from '../../totals/domain/assessment';
import type { EParty } from './e-invoice';

/** What prefixes of VAT ids are, where they are not the country's code. */
const VAT_PREFIXES: Readonly<Record<string, readonly string[]>> = { GR: ['EL'], GB: ['GB', 'XI'] };

/** Who sells or buys, with an id that the seller gave. The address is known. */
export function partyOf({ name, address, taxIds }: Party, id?: string): EParty {
  const vat = taxIds.find(isVatId);
  const other = taxIds.find((each) => !isVatId(each));
  return {
    ...(id === undefined ? {} : { id }),
    name,
    ...(vat && { vatId: vat.value }),
    ...(other && { taxNumber: other.value }),
    address: address ?? NOWHERE,
  };
}

const NOWHERE = { lines: [], city: '', postalCode: '', region: '', countryCode: '' };

function isVatId({ countryCode, value }: Party['taxIds'][number]): boolean {
  const prefixes = VAT_PREFIXES[countryCode] ?? [countryCode];
  return prefixes.some((prefix) => value.startsWith(prefix));
}
