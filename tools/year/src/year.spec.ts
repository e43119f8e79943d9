import { recomputeAll } from '@billingrails/recompute';
import { startPlatform, type Platform } from '@billingrails/stack';
import { generate } from './generate';
import { runYear } from './run-year';

const SHORT = { seed: 13, accounts: 4, months: 2 };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ replicas: { billing: 2 } });
});

afterAll(() => platform?.stop());

test('two months of changes, late and voided usage and credits, with a replica killed: every invoice line and balance is what another computation comes to', async () => {
  const options = { ...SHORT, kills: 1, report: () => undefined };
  const { result, differences } = await runYear(platform, options);
  expect(differences).toEqual([]);
  expect(result).toMatchObject({ seed: 13, accounts: 4, kills: 1, differences: 0 });
  expect(result.invoices).toBeLessThan(result.bills);
  expect(result.adjustments).toBeGreaterThan(0);
  expect(result.previews).toBeGreaterThan(0);
  expect(result.balances).toBeGreaterThan(0);
});

test('the same seed makes the same year, another seed another', () => {
  const year = (seed: number) => generate({ seed, accounts: 4, months: 2 });
  expect(year(7)).toEqual(year(7));
  expect(year(7)).not.toEqual(year(8));
});

test('years have changes of plan and quantity, migrations, phases, ends, pauses, trials, late and voided usage, amounts by hand, add-ons, prices for one subscription and by group, discounts, other currencies, minimum terms, adjustments on bills of their own, and credits', () => {
  const histories = [7, 10].map((seed) => generate({ seed, accounts: 14, months: 4 }));
  const facts = histories
    .flatMap(({ subscriptions }) => subscriptions)
    .flatMap((each) => each.facts);
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'changed', migrates: true }));
  expect(facts).toContainEqual(expect.objectContaining({ end: expect.anything() }));
  expect(facts).toContainEqual(expect.objectContaining({ phases: expect.anything() }));
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'undone' }));
  expect(facts).toContainEqual(expect.objectContaining({ term: expect.anything() }));
  expect(facts).toContainEqual(expect.objectContaining({ currency: 'EUR' }));
  const accounts = histories.flatMap((history) => history.accounts ?? []);
  expect(accounts).toContainEqual(expect.objectContaining({ ownBills: true }));
  const made = histories.map((history) => recomputeAll(history));
  const grants = made.flatMap(({ balances }) => balances).flatMap((balance) => balance.grants);
  for (const fate of ['remaining', 'burned', 'expired', 'voided', 'pending'] as const)
    expect(grants.map((grant) => grant[fate])).toContainEqual(expect.not.stringMatching(/^0$/));
  const lines = made.flatMap(({ bills }) => bills).flatMap((bill) => bill.lines);
  const kinds = new Set(lines.map(({ kind, reason }) => `${kind} ${reason}`));
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      'ADJUSTMENT LATE_USAGE',
      'ADJUSTMENT VOIDED_USAGE',
      'ADJUSTMENT PLAN_CHANGED',
      'ADJUSTMENT QUANTITY_CHANGED',
      'ADJUSTMENT PAUSED',
      'RECURRING RESUMED',
      'RECURRING TRIAL_ENDED',
      'ONE_OFF UNSPECIFIED',
      'COMMITMENT UNSPECIFIED',
      'ADJUSTMENT CHANGED_USAGE',
      'RECURRING ADD_ON_CHANGED',
      'RECURRING FEE_CHANGED',
      'DISCOUNT UNSPECIFIED',
      'ADJUSTMENT DISCOUNT_CHANGED',
    ]),
  );
  const descriptions = lines.map(({ description }) => description);
  expect(descriptions).toContainEqual(expect.stringMatching(/regions \(eu\)$/));
  expect(descriptions).toContain('Early termination');
});
