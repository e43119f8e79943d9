import { derivedId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { buildInvoice, buildJointInvoice } from '../../invoices/domain/build-invoice';
import type { PostedBill } from '../../intake/domain/posted-bill';
import { pngOf } from '../../branding/testing/pictures';
import { readPicture } from '../../branding/images/read-picture';
import { sampleCreditNote } from '../../e-invoices/testing/samples';
import { DEFAULT_SETTINGS } from '../../settings/domain/invoicing-settings';
import { creditNotePage } from '../credit-note-document';
import { finalizeInvoice } from '../../numbering/domain/finalize-invoice';
import {
  account,
  postedBill,
  flatCharge,
  llmCharges,
  usageCharge,
} from '../../testing/posted-bills';
import { pageText } from '../../testing/page-text';
import { invoicePage } from '../invoice-document';
import { WORDS } from '../words';

const { en } = WORDS;

const finalizeMs = Date.UTC(2026, 10, 1, 0, 1, 12, 345);

function pageOf(changes: Partial<PostedBill> = {}): string {
  return invoicePage(
    finalizeInvoice(buildInvoice(postedBill(changes)), 'INV-000017', finalizeMs),
    en,
  );
}

test('the page says who owes what, for when, from when', () => {
  const text = pageText(pageOf());
  expect(text).toContain('Invoice INV-000017 Total 42.61 USD');
  expect(text).toContain('Billed to Strawberry Fields Ltd acct_67890');
  expect(text).toMatch(/Plan LLM Billing period 1 ?– ?31 October 2026/);
  expect(text).toContain('Date of issue 1 November 2026');
  expect(text).toContain('Finalized 1 November 2026, 00:01:12 UTC');
});

test.each([
  ['UTC', '2026-10-01T00:00Z', '2026-11-01T00:00Z', '1 November 2026, 00:01:12'],
  // Summer time ends inside.
  ['Europe/Berlin', '2026-09-30T22:00Z', '2026-10-31T23:00Z', '1 November 2026, 01:01:12'],
  ['Pacific/Niue', '2026-10-01T11:00Z', '2026-11-01T11:00Z', '31 October 2026, 13:01:12'],
  ['Pacific/Kiritimati', '2026-09-30T10:00Z', '2026-10-31T10:00Z', '1 November 2026, 14:01:12'],
])('October in %s is its days there, from [%s, %s)', (timeZone, start, end, finalized) => {
  const period = { startMs: Date.parse(start), endMs: Date.parse(end) };
  const counted = { meterId: derivedId('mtr', 'one'), profile: 'calls', profileVersion: 3 };
  const usage = { ...counted, eventCount: 1n };
  const calls = { ...usageCharge('Calls', { tiers: [{ quantity: '2' }] }), period, usage };
  const text = pageText(pageOf({ timeZone, period, dueMs: period.endMs, lines: [calls] }));
  expect(text).toMatch(/Billing period 1 ?– ?31 October 2026 Date of issue 1 November 2026/);
  expect(text).toMatch(/Usage of 1 ?– ?31 October 2026 · 1 event .* · profile calls version 3/);
  expect(text).toContain(`Days are those of ${timeZone}. Finalized ${finalized} ${timeZone}.`);
});

test('a group is named on its line', () => {
  const calls = usageCharge('Calls (eu, mobile)', { tiers: [{ quantity: '2', unitAmount: '3' }] });
  const other = { ...calls, description: 'Calls (other groups)', group: 'other' as const };
  const text = pageText(pageOf({ lines: [{ ...calls, group: ['eu', 'mobile'] }, other] }));
  expect(text).toContain('Calls (eu, mobile) 2 unit 6.00');
  expect(text).toContain('Calls (other groups) 2 unit 6.00');
});

test('every line shows its arithmetic: tiers, exact sum, rounding, and the usage it prices', () => {
  const text = pageText(pageOf());
  expect(text).toContain('Platform 1 20.00 Flat amount: 20.00');
  expect(text).toMatch(
    /Prompt tokens 18,059,974 token 20\.15 Usage of 1 ?– ?31 October 2026 · 8,819 events · meter mtr_\w+ · profile default/,
  );
  expect(text).toContain('Step Calculation = amount');
  expect(text).toContain('up to 10,000,000 10,000,000 × 0.00 0.00');
  expect(text).toContain('over 10,000,000 8,059,974 × 0.0000025 20.149935');
  expect(text).toContain('Sum 20.149935 Rounded 20.15');
  expect(text).toContain('245,896 × 0.00001 = 2.45896, rounded to 2.46');
});

test('a tier shows its flat amount, and an amount that is exact is not called rounded', () => {
  const tiers = [
    { upTo: '10', quantity: '10', unitAmount: '1', flatAmount: '5' },
    { above: '10', upTo: '20', quantity: '2', unitAmount: '0.5' },
  ];
  const text = pageText(pageOf({ lines: [usageCharge('Calls', { tiers })] }));
  expect(text).toContain(
    'up to 10 10 × 1.00 + 5.00 15.00 over 10 up to 20 2 × 0.50 1.00 Sum 16.00',
  );
  expect(text).not.toContain('Rounded');
});

test('of bills that are invoiced together the page has a section for each, with whose it is and its sum', () => {
  const own = postedBill();
  const child = postedBill({
    billId: derivedId('bill', 'two'),
    subscriptionId: derivedId('sub', 'two'),
    accountId: account('berries'),
    accountName: 'Berries',
    payer: own,
    planName: 'Support',
    timeZone: 'Europe/Berlin',
    lines: [],
  });
  const jointId = derivedId('jnt', 'one');
  const draft = buildJointInvoice({ jointId, bills: [own, child] });
  const text = pageText(invoicePage(finalizeInvoice(draft, 'INV-000017', finalizeMs), en));
  expect(text).toContain('Billed to Strawberry Fields Ltd acct_67890 Subscriptions 2');
  expect(text).toMatch(
    / LLM 1 ?– ?31 October 2026 · subscription sub_\w+ 42\.61 Platform 1 20\.00/,
  );
  expect(text).toMatch(
    / Support For Berries berries · 1 October .* in Europe\/Berlin · subscription sub_\w+ 0\.00 Nothing was charged/,
  );
  expect(text).toContain('Total 42.61 USD');
});

test('a draft says that it is one', () => {
  const text = pageText(invoicePage(buildInvoice(postedBill()), en));
  expect(text).toContain('Draft invoice Not final, no number yet');
  expect(text).not.toMatch(/INV-|Finalized/);
});

test('an invoice without lines says that nothing was charged', () => {
  const text = pageText(pageOf({ lines: [], accountName: '' }));
  expect(text).toContain('Nothing was charged for this period.');
  expect(text).toContain('Total 0.00 USD');
});

test.each([
  ['JPY', '-1234.5', '−1,235'],
  ['KWD', '-1234.5', '−1,234.500'],
])('a credit in %s of %s reads %s', (currencyCode, amount, text) => {
  const charges = [flatCharge('Credit', amount)];
  expect(pageText(pageOf({ currencyCode, lines: charges }))).toContain(
    `Total ${text} ${currencyCode}`,
  );
});

test('negative usage shows its sign in quantity and amount', () => {
  const tiers = [{ quantity: '-1234.5', unitAmount: '0.0105' }];
  const text = pageText(pageOf({ currencyCode: 'KWD', lines: [usageCharge('Calls', { tiers })] }));
  expect(text).toContain('−1,234.5 × 0.0105 = −12.96225, rounded to −12.962');
});

test('names are shown as written and can add nothing to the page', () => {
  const hostile = `<script>alert("1")</script><img src=x onerror='alert(2)'>&amp;<%= it.title %>`;
  const calls = { ...usageCharge(hostile, { unit: hostile, tiers: [{ quantity: '2' }] }) };
  const page = pageOf({ accountName: hostile, planName: hostile, lines: [calls] });
  expect(page).not.toMatch(/<script|<img|<iframe|<link|javascript:/i);
  const escaped = `&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(2)&#39;&gt;&amp;amp;&lt;%= it.title %&gt;`;
  expect(page.split(escaped)).toHaveLength(5);
});

test('the page fetches nothing and forbids itself to', () => {
  const page = pageOf();
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/\bsrc=|\bhref=|url\(|@import|https?:/);
});

test('the longest names and numbers are all there', () => {
  const name = 'n'.repeat(500);
  const long = '99999999999999999999.999999999999999999';
  const tiers = [{ quantity: long, unitAmount: long }];
  const charges = [usageCharge(name, { unit: 'u'.repeat(64), eventCount: 2n ** 62n, tiers })];
  const accountId = account('a'.repeat(128));
  const page = pageOf({ accountName: name, planName: name, accountId, lines: charges });
  expect(page.split(name)).toHaveLength(4);
  expect(page).toContain('99,999,999,999,999,999,999.999999999999999999');
  expect(page).toContain('4,611,686,018,427,387,904 events');
  const product = decimal(long).mul(decimal(long)).toString().split('.')[1] ?? '';
  expect(page).toContain(`.${product}, rounded to`);
});

test('nothing that is not there is shown', () => {
  const pages = [pageOf(), pageOf({ lines: llmCharges().slice(0, 1), accountName: '' })];
  for (const page of pages) expect(page).not.toMatch(/undefined|null|NaN|\[object/);
});

test('a credit and a charge of parts of a cycle say their span, why, and how much of the cycle they are', () => {
  const from = { part: 14n, whole: 31n };
  const share = { from, until: { part: 1n, whole: 1n } };
  const period = { startMs: Date.UTC(2026, 9, 15), endMs: Date.UTC(2026, 10, 1) };
  const part = { period, share, reason: 'plan_changed' } as const;
  const third = (amount: string) => {
    const until = (whole: string) => decimal(whole).divide(decimal(31n), 36, 'half');
    return decimal(amount).sub(until(decimal(amount).mul(decimal(14n)).toString()));
  };
  const small = {
    ...flatCharge('Small', '10'),
    ...part,
    kind: 'adjustment',
    credited: true,
  } as const;
  const text = pageText(
    pageOf({
      lines: [
        { ...small, exactAmount: third('10').neg() },
        { ...flatCharge('Large', '20'), ...part, exactAmount: third('20') },
      ],
    }),
  );
  expect(text).toMatch(
    /Small 1 −5\.48 For 15 ?– ?31 October 2026 · Adjustment: the plan changed Flat amount: 10\.00, for 17 of 31 days of the cycle, credited: −5\.48387097, rounded to −5\.48/,
  );
  expect(text).toMatch(
    /Large 1 10\.97 For 15 ?– ?31 October 2026 · the plan changed Flat amount: 20\.00, for 17 of 31 days of the cycle: 10\.96774194, rounded to 10\.97/,
  );
});

test('an adjustment of usage says what had been billed before', () => {
  const calls = usageCharge('Calls', { tiers: [{ quantity: '150', unitAmount: '0.5' }] });
  const line = { ...calls, kind: 'adjustment', reason: 'late_usage' } as const;
  const text = pageText(
    pageOf({ lines: [{ ...line, billedAmount: decimal('10'), exactAmount: decimal('65') }] }),
  );
  expect(text).toContain('Adjustment: events that arrived after it was billed');
  expect(text).toContain('150 × 0.50 = 75.00, less 10.00 billed before: 65.00');
});

test('in another language all is said in it, figures and dates too', () => {
  const text = pageText(
    invoicePage(finalizeInvoice(buildInvoice(postedBill()), 'INV-000017', finalizeMs), WORDS.de),
  );
  expect(text).toContain('Rechnung INV-000017 Gesamtbetrag 42,61 USD');
  expect(text).toContain('Rechnungsdatum 1. November 2026');
  expect(text).toContain('245.896 × 0,00001 = 2,45896, gerundet auf 2,46');
  expect(text).toContain('bis 10.000.000 10.000.000 × 0,00 0,00');
  expect(text).not.toMatch(/Total|Billed|rounded|Usage/);
});

test('a branded invoice bears its logo, colours, footer and issuer, and so does what takes it back', () => {
  const logoId = derivedId('logo', 'one');
  const content = readPicture(pngOf(400, 100, [0, 80, 0]), 'content');
  const branding = {
    ...{ logoId, accentColor: '#0b5a2b', tintColor: '#eef7f0', footer: 'HRB 1 <Berlin>\nשלום' },
    issuerLines: ['Penny Lane GmbH', 'Berlin'],
  };
  const settings = { ...DEFAULT_SETTINGS, branding };
  const invoice = finalizeInvoice(buildInvoice(postedBill(), settings), 'INV-000017', finalizeMs);
  const logo = { id: logoId, ...content };
  const [creditNote] = sampleCreditNote(invoice, () => []);
  const pages = [
    invoicePage(invoice, en, { isVoid: false, logo }),
    creditNotePage({ creditNote, invoice, logo }, en),
  ];
  for (const page of pages) {
    expect(page).toContain('; --accent: #0b5a2b; --tint: #eef7f0">');
    // 400 by 100 pixels within 180 by 48 points.
    expect(page).toMatch(
      /<img [^>]*src="data:image\/png;base64,[^"]+" style="width: 180pt; height: 45pt">/,
    );
    expect(pageText(page)).toContain('From Penny Lane GmbH Berlin');
    expect(pageText(page)).toMatch(/HRB 1 &lt;Berlin&gt; שלום $/);
  }
  expect(pageOf()).not.toMatch(/<img|--accent: #/);
});
