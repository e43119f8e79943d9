/** What is shown of the lines of bills and invoices. */
export const LINE_COLUMNS = [
  'description',
  'kind',
  'reason',
  'quantity',
  'unit',
  'period',
  'amount',
];
