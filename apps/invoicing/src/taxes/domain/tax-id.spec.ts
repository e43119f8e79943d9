import { canonicalTaxId, taxIdViolations } from './tax-id';

test.each([
  ['DE', 'de 136 695 976', 'DE136695976'],
  ['DE', '136695976', 'DE136695976'],
  ['FR', 'FR 40303265045', 'FR40303265045'],
  ['AT', 'ATU13585627', 'ATU13585627'],
  ['GR', 'EL 094259216', 'EL094259216'],
  ['NL', 'NL4495445B01', 'NL004495445B01'],
  ['ES', 'B-58378431', 'ESB58378431'],
  ['IT', 'IT 00743110157', 'IT00743110157'],
  ['GB', 'GB 980 7806 84', '980780684'],
  ['CH', 'CHE-107.787.577 MWST', 'CHE107787577MWST'],
  ['AU', '83 914 571 673', '83914571673'],
  // No form is known: as it was written.
  ['BM', ' 12-34 ', '12-34'],
])('a tax id of %s, %s, is kept as %s', (countryCode, value, kept) => {
  expect(canonicalTaxId({ countryCode, value })).toEqual({ countryCode, value: kept });
});

test.each([
  ['DE', 'DE136695978'],
  ['DE', 'FR40303265045'],
  ['FR', 'FR40303265044'],
  ['AT', 'U13585626'],
  ['US', '12-345'],
])('a tax id of %s, %s, is refused: its form is wrong', (countryCode, value) => {
  expect(canonicalTaxId({ countryCode, value })).toBeUndefined();
  expect(taxIdViolations([{ countryCode, value }], 'details.tax_ids')).toEqual([
    { field: 'details.tax_ids[0].value', description: expect.stringContaining(countryCode) },
  ]);
});
