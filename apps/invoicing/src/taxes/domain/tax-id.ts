import type { Violation } from '@billingrails/errors';
import { entityValidators, euVat, type Validator } from 'stdnum';
import type { TaxId } from '../../totals/domain/assessment';

/** Greek numbers for trade in the European Union begin with EL. */
const VAT_PREFIXES: Readonly<Record<string, string>> = { GR: 'EL' };

/**
 * A tax id as it is kept: of a member of the European Union its number for VAT with the country's prefix, of another
 * country whose numbers are known in their plain form, of all others as it was written, without the spaces around it.
 * Undefined where the form is known to be wrong: by length, alphabet or check digits. Whether it was ever given out is
 * not looked at.
 */
export function canonicalTaxId({ countryCode, value }: TaxId): TaxId | undefined {
  const vat = euVat[countryCode] ?? [];
  const validators = vat.length > 0 ? vat : (entityValidators[countryCode] ?? []);
  if (validators.length === 0) return { countryCode, value: value.trim() };
  const prefix = vat.length > 0 ? (VAT_PREFIXES[countryCode] ?? countryCode) : '';
  const compact = compactBy(validators, value);
  if (compact === undefined) return undefined;
  return { countryCode, value: compact.startsWith(prefix) ? compact : `${prefix}${compact}` };
}

function compactBy(validators: readonly Validator[], value: string): string | undefined {
  for (const validator of validators) {
    const result = validator.validate(value);
    if (result.isValid) return result.compact;
  }
  return undefined;
}

/** What is wrong with tax ids, by path. */
export function taxIdViolations(taxIds: readonly TaxId[], path: string): Violation[] {
  return taxIds.flatMap((taxId, index) =>
    canonicalTaxId(taxId) === undefined
      ? [
          {
            field: `${path}[${index}].value`,
            description: `is no tax id of ${taxId.countryCode}: check its letters and digits`,
          },
        ]
      : [],
  );
}
