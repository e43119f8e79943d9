import { recompute } from '@billingrails/recompute';
import { startPlatform, type Platform } from '@billingrails/stack';
import { generate } from './generate';
import { runYear } from './run-year';

const SHORT = { seed: 36, accounts: 5, months: 3 };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ replicas: { billing: 2 } });
});

afterAll(() => platform?.stop());

test('three months of changes, late and voided usage, with a replica killed: every invoice line is what another computation comes to', async () => {
  const options = { ...SHORT, kills: 1, report: () => undefined };
  const { result, differences } = await runYear(platform, options);
  expect(differences).toEqual([]);
  expect(result).toMatchObject({ seed: 36, accounts: 5, kills: 1, differences: 0 });
  expect(result.invoices).toBeLessThan(result.bills);
  expect(result.adjustments).toBeGreaterThan(0);
  expect(result.previews).toBeGreaterThan(0);
});

test('the same seed makes the same year, another seed another', () => {
  const year = (seed: number) => generate({ seed, accounts: 4, months: 2 });
  expect(year(7)).toEqual(year(7));
  expect(year(7)).not.toEqual(year(8));
});

test('years have changes of plan and quantity, migrations, phases, ends, pauses, trials, late and voided usage, amounts by hand, add-ons, prices for one subscription and prices by group', () => {
  const histories = [7, 10].map((seed) => generate({ seed, accounts: 14, months: 4 }));
  const facts = histories
    .flatMap(({ subscriptions }) => subscriptions)
    .flatMap((each) => each.facts);
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'changed', migrates: true }));
  expect(facts).toContainEqual(expect.objectContaining({ end: expect.anything() }));
  expect(facts).toContainEqual(expect.objectContaining({ phases: expect.anything() }));
  expect(facts).toContainEqual(expect.objectContaining({ kind: 'undone' }));
  const lines = histories.flatMap((history) => recompute(history)).flatMap((bill) => bill.lines);
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
    ]),
  );
  expect(lines.map(({ description }) => description)).toContainEqual(
    expect.stringMatching(/regions \(eu\)$/),
  );
});
