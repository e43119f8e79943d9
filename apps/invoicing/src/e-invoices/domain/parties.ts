import type { Party } from '../../totals/domain/assessment';
import type { EParty } from './e-invoice';

/** What prefixes of VAT ids are, where they are not the country's code. */
const VAT_PREFIXES: Readonly<Record<string, readonly string[]>> = { GR: ['EL'], GB: ['GB', 'XI'] };

/** Who sells. The address is known. */
export function sellerOf({ name, address = NOWHERE, taxIds }: Party): EParty {
  const { vat, other } = idsOf(taxIds);
  return {
    ...{ name, address },
    ...(vat && { vatId: vat.value }),
    ...(other && { taxNumber: other.value }),
  };
}

/**
 * Who buys, with the id that the seller gave. The address is known. A number that is none for VAT identifies a buyer as
 * a company: EN 16931 has no other place for it, and a reverse charge needs the one or the other (BR-AE-02).
 */
export function buyerOf({ name, address = NOWHERE, taxIds }: Party, id: string): EParty {
  const { vat, other } = idsOf(taxIds);
  return {
    ...{ id, name, address },
    ...(vat && { vatId: vat.value }),
    ...(other && { legalId: other.value }),
  };
}

function idsOf(taxIds: Party['taxIds']) {
  return { vat: taxIds.find(isVatId), other: taxIds.find((each) => !isVatId(each)) };
}

const NOWHERE = { lines: [], city: '', postalCode: '', region: '', countryCode: '' };

function isVatId({ countryCode, value }: Party['taxIds'][number]): boolean {
  const prefixes = VAT_PREFIXES[countryCode] ?? [countryCode];
  return prefixes.some((prefix) => value.startsWith(prefix));
}
