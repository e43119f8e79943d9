import { decimal } from '@billingrails/money';
import { derivedId } from '@billingrails/ids';
import { liabilityOf, NO_TAX_DETAILS, type AccountTaxDetails } from './account-tax-details';
import { NO_TAX_SETTINGS, REVERSE_CHARGE_NOTE, type TaxSettings } from './tax-settings';
import { postalPrefixes, ratesFor, type TaxRate } from './tax-rate';

function rate(
  name: string,
  percent: string,
  countryCode: string,
  rest: Partial<TaxRate> = {},
): TaxRate {
  return {
    id: derivedId('txr', name, percent, countryCode, JSON.stringify(rest)),
    ...{ name, percent: decimal(percent), compound: false, countryCode },
    ...{ region: '', postalCodePrefix: '', category: '', note: '' },
    ...rest,
  };
}

const JULY_2020 = Date.UTC(2020, 6, 1);
const JANUARY_2021 = Date.UTC(2021, 0, 1);
const table: readonly TaxRate[] = [
  rate('VAT', '19', 'DE'),
  rate('VAT', '16', 'DE', { startMs: JULY_2020, endMs: JANUARY_2021 }),
  rate('VAT', '7', 'DE', { category: 'books' }),
  rate('VAT', '0', 'DE', { postalCodePrefix: '78266', note: 'Büsingen' }),
  rate('State tax', '7.25', 'US', { region: 'CA' }),
  rate('County tax', '0.25', 'US', { region: 'CA', postalCodePrefix: '90' }),
  rate('City tax', '2.25', 'US', { region: 'CA', postalCodePrefix: '9021' }),
  rate('City tax', '1', 'US', { postalCodePrefix: '90' }),
  rate('GST', '5', 'CA'),
  rate('QST', '9.975', 'CA', { region: 'QC' }),
  rate('VAT', '20', 'GB', { postalCodePrefix: 'SW1A1' }),
];

test.each<[string, string, string, string, string, number, string[]]>([
  ['the country', 'DE', '', '10115', '', JANUARY_2021, ['VAT 19']],
  ['a category of its own', 'DE', '', '10115', 'books', JANUARY_2021, ['VAT 7']],
  ['a category without a rate of its own', 'DE', '', '10115', 'software', JANUARY_2021, ['VAT 19']],
  ['a place before a category', 'DE', '', '78266', 'books', JANUARY_2021, ['VAT 0']],
  ['the instant before a change', 'DE', '', '', '', JULY_2020 - 1, ['VAT 19']],
  ['the instant of a change', 'DE', '', '', '', JULY_2020, ['VAT 16']],
  ['the last instant of a rate', 'DE', '', '', '', JANUARY_2021 - 1, ['VAT 16']],
  ['its end', 'DE', '', '', '', JANUARY_2021, ['VAT 19']],
  [
    'several taxes',
    'US',
    'ca',
    '90210-1234',
    '',
    0,
    ['State tax 7.25', 'County tax 0.25', 'City tax 2.25'],
  ],
  [
    'a shorter prefix',
    'US',
    'CA',
    '90 001',
    '',
    0,
    ['State tax 7.25', 'County tax 0.25', 'City tax 1'],
  ],
  ['a place without a tax', 'US', 'OR', '97035', '', 0, []],
  ['an unknown region', 'CA', '', 'H2X 1Y4', '', 0, ['GST 5']],
  ['a region', 'CA', 'QC', 'H2X 1Y4', '', 0, ['GST 5', 'QST 9.975']],
  ['a postal code in other writing', 'GB', '', 'sw1a-1aa', '', 0, ['VAT 20']],
  ['an unknown country', 'FR', '', '75001', '', 0, []],
])(
  'by %s: %s %s %s, category "%s", at %d: %j',
  (_, countryCode, region, postalCode, category, atMs, rates) => {
    const place = { countryCode, region, postalCode };
    const found = ratesFor(table, { place, category, atMs });
    expect(found.map(({ name, percent }) => `${name} ${percent}`)).toEqual(rates);
    const shuffled = ratesFor([...table].reverse(), { place, category, atMs });
    expect(new Set(shuffled)).toEqual(new Set(found));
  },
);

test('what is read from the table for a postal code is all that it begins with', () => {
  expect(postalPrefixes('sw1a')).toEqual(['', 'S', 'SW', 'SW1', 'SW1A']);
});

const seller = { name: 'S', taxIds: [], address: address('DE') };
const settings: TaxSettings = {
  ...NO_TAX_SETTINGS,
  calculation: 'rates',
  seller,
  reverseChargeCountryCodes: ['DE', 'FR', 'AT'],
};
const FRENCH_ID = { countryCode: 'FR', value: 'FR40303265045' };

test.each<[string, Partial<AccountTaxDetails>, string, string]>([
  ['of which nothing is known', {}, 'taxed', ''],
  ['in a country with a reverse charge, without a tax id', { address: address('FR') }, 'taxed', ''],
  [
    'with a tax id of it',
    { address: address('FR'), taxIds: [FRENCH_ID] },
    'reverse_charge',
    REVERSE_CHARGE_NOTE,
  ],
  [
    'with a tax id of another country',
    { address: address('AT'), taxIds: [FRENCH_ID] },
    'taxed',
    '',
  ],
  [
    'where the seller is',
    { address: address('DE'), taxIds: [{ countryCode: 'DE', value: 'DE136695976' }] },
    'taxed',
    '',
  ],
  [
    'beyond those countries',
    { address: address('US'), taxIds: [{ countryCode: 'US', value: '1' }] },
    'taxed',
    '',
  ],
  ['that is exempt', { exemption: { kind: 'exempt', note: 'No. 7' } }, 'exempt', 'No. 7'],
  ['that was exempt', { exemption: { kind: 'exempt', note: 'No. 7', endMs: 10 } }, 'taxed', ''],
  [
    'of which a reverse charge is said',
    { exemption: { kind: 'reverse_charge', note: '' } },
    'reverse_charge',
    REVERSE_CHARGE_NOTE,
  ],
])('an account %s', (_, details, kind, note) => {
  const found = liabilityOf(settings, { ...NO_TAX_DETAILS, ...details }, 10);
  expect(found).toEqual(kind === 'taxed' ? { kind } : { kind, note });
});

function address(countryCode: string) {
  return { lines: [], city: '', postalCode: '', region: '', countryCode };
}
