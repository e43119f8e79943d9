import { startPlatform, type Platform } from '@billingrails/stack';
import { generate } from './generate';
import { runYear } from './run-year';

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ replicas: { billing: 2 } });
});

afterAll(() => platform?.stop());

test('three months of changes, late and voided usage, with a replica killed: every invoice line is what another computation comes to', async () => {
  const options = { seed: 7, accounts: 6, months: 3, kills: 1, report: () => undefined };
  const { result, differences } = await runYear(platform, options);
  expect(differences).toEqual([]);
  expect(result).toMatchObject({ seed: 7, accounts: 6, kills: 1, differences: 0 });
  expect(result.invoices).toBe(result.bills);
  expect(result.adjustments).toBeGreaterThan(0);
});

test('the same seed makes the same year, another seed another', () => {
  const year = (seed: number) => generate({ seed, accounts: 4, months: 2 });
  expect(year(7)).toEqual(year(7));
  expect(year(7)).not.toEqual(year(8));
});
