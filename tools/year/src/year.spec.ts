import { documentsOf, expectedFiringsOf, invoicesOf, recomputeAll } from '@billingrails/recompute';
import { startPlatform, type Platform } from '@billingrails/stack';
import { generate } from './generate';
import { runYear } from './run-year';

const SHORT = { seed: 13, accounts: 4, months: 2 };

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ replicas: { billing: 2 }, env: { ALERT_LOOK_MS: '5000' } });
});

afterAll(() => platform?.stop());

test('two months of changes, late and voided usage, credits, alerts and reservations, with a replica killed: every invoice line, total, balance, alert and answer is what other computations come to', async () => {
  const options = { ...SHORT, kills: 1, report: () => undefined };
  const { result, differences } = await runYear(platform, options);
  expect(differences).toEqual([]);
  expect(result).toMatchObject({ seed: 13, accounts: 4, kills: 1, differences: 0 });
  expect(result.invoices).toBeLessThan(result.bills);
  expect(result.adjustments).toBeGreaterThan(0);
  expect(result.previews).toBeGreaterThan(0);
  expect(result.balances).toBeGreaterThan(0);
  expect(result.recomputed).toBe(result.invoices);
  expect(result.alerts).toBeGreaterThan(0);
  expect(result.accesses).toBeGreaterThan(0);
});

test('the same seed makes the same year, another seed another', () => {
  const year = (seed: number) => generate({ seed, accounts: 4, months: 2 });
  expect(year(7)).toEqual(year(7));
  expect(year(7)).not.toEqual(year(8));
});

test('years have changes of plan and quantity, migrations, phases, ends, pauses, trials, late and voided usage, amounts by hand, add-ons, prices for one subscription and by group, discounts, other currencies, minimum terms, adjustments on bills of their own, credits, coupons, taxes, alerts and reservations', () => {
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
  const promotional = lines.filter(({ kind }) => kind === 'PROMOTIONAL_CREDIT');
  expect(promotional.map(({ billedAmount }) => billedAmount)).toContain('0');
  const descriptions = lines.map(({ description }) => description);
  expect(descriptions).toContainEqual(expect.stringMatching(/regions \(eu\)$/));
  expect(descriptions).toContain('Early termination');
  const documents = made.flatMap(({ bills }, index) => {
    const history = histories[index];
    if (history === undefined) return [];
    const total = 1_000n;
    return documentsOf(
      history,
      invoicesOf(bills, history).map((invoice) => ({ invoice, total })),
    );
  });
  const texts = documents.flat().join('; ');
  expect(texts).toMatch(/(TENTH|THIRD|QUARTER) lets off/);
  expect(texts).toMatch(/(USD|YEN|DINAR) lets off/);
  for (const words of ['pays', 'VAT 19', 'VAT 16', 'VAT 7', 'included', 'Exempt 0'])
    expect(texts).toContain(words);
  expect(texts).toMatch(/QST 9.975 (included )?compound/);
  const firings = histories.flatMap((history) => expectedFiringsOf(history));
  const figures = new Set(
    firings.map(({ alert, text }) => `${alert.split(' ')[0]} ${text.split(' ')[0]}`),
  );
  expect([...figures]).toEqual(
    expect.arrayContaining(
      ['calls', 'credits', 'spend'].flatMap((figure) => [`${figure} down`, `${figure} up`]),
    ),
  );
  const answers = made.flatMap(({ accesses }) => accesses).join('; ');
  for (const words of ['refused', 'reserved', 'SETTLED', 'RELEASED', 'EXPIRED', 'WITHIN_GRACE'])
    expect(answers).toContain(words);
  expect(answers).toMatch(/reserved, [1-9.]+ rolled over/);
});
