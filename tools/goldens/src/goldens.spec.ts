import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linesOf } from '../../../apps/invoicing/src/invoices/domain/invoice';
import { closeGolden } from './close-golden';
import type { Golden } from './golden';
import { invoiceOf, recordedInvoice } from './invoice-golden';

const folder = join(__dirname, 'testdata');
const goldens = readdirSync(folder)
  .sort()
  .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden] as const);

test.each(goldens.map(([file, golden]) => [file, golden.about, golden] as const))(
  '%s: %s',
  (_file, _about, golden) => {
    expect(recordedInvoice(invoiceOf(closeGolden(golden)))).toEqual(golden.invoice);
  },
);

test('the same period gives the same invoice; no invoice or line has the id of another', () => {
  const invoices = goldens.map(([, golden]) => invoiceOf(closeGolden(golden)));
  expect(goldens.map(([, golden]) => invoiceOf(closeGolden(golden)))).toEqual(invoices);
  // Most goldens are of the same subscription: only those that have another name or cycle are told apart.
  const periods = new Set(
    goldens.map(([, { subscription }]) => `${subscription.name ?? ''} ${subscription.cycle}`),
  );
  expect(new Set(invoices.map(({ id }) => id)).size).toBe(periods.size);
  for (const lines of invoices.map(linesOf))
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
});
