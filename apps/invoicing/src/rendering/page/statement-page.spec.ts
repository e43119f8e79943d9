import type { Statement } from '../../receivables/domain/statement';
import { ENTRY_KINDS, type AccountEntry } from '../../receivables/domain/account-entry';
import { derivedId } from '@billingrails/ids';
import { pageText } from '../../testing/page-text';
import { pdfPages } from '../../testing/pdf-text';
import { account, organisation } from '../../testing/posted-bills';
import { statementPage, statementPdf } from '../statement-document';
import { LANGUAGES, WORDS } from '../words';

const accountId = account('acct_67890');

function entry(index: number, amount: bigint): AccountEntry {
  const kind = ENTRY_KINDS[index % ENTRY_KINDS.length] ?? 'invoice';
  return {
    ...{ organisationId: organisation('acme'), accountId, currencyCode: 'EUR', kind, amount },
    ...{ atMs: Date.UTC(2026, 0, 1 + index, 23, 30), text: `No-${index}!` },
    causeId: derivedId('inv', String(index)),
  };
}

function statementOf(amounts: readonly bigint[], changes: Partial<Statement> = {}): Statement {
  return {
    ...{ accountId, accountName: 'שלום & Co 👩‍💻', currencyCode: 'EUR', timeZone: 'Europe/Berlin' },
    ...{ untilMs: Date.UTC(2027, 0, 1), opening: 1_000n },
    entries: amounts.map((amount, index) => entry(index, amount)),
    ...changes,
  };
}

test('each entry says what it changed, on which day of the zone, and what was owed after it', () => {
  const text = pageText(statementPage(statementOf([5_000n, -1_250n, -7_000n]), WORDS.en));
  expect(text).toContain('Owed −22.50 EUR');
  expect(text).toContain('Account שלום &amp; Co 👩‍💻 acct_67890');
  expect(text).toContain('Invoice No-0! 50.00 60.00 2 January 2026');
  expect(text).toContain('Paid by credits No-1! −12.50 47.50');
  expect(text).toContain('Void invoice No-2! −70.00 −22.50');
});

test.each(LANGUAGES)('in %s every kind of entry and the head are said in its words', (language) => {
  const { statement } = WORDS[language];
  const amounts = ENTRY_KINDS.map(() => 100n);
  const text = pageText(statementPage(statementOf(amounts), WORDS[language]));
  for (const said of [statement.heading, statement.account, statement.owedAfter])
    expect(text).toContain(said);
  for (const [index, kind] of ENTRY_KINDS.entries())
    expect(text).toContain(`${statement.kinds[kind]} No-${index}!`);
  expect(pageText(statementPage(statementOf([]), WORDS[language]))).toContain(statement.nothing);
});

test('a long statement carries what is owed from page to page, and no entry is lost', async () => {
  const pieces: Uint8Array[] = [];
  for await (const piece of statementPdf(statementOf(Array(90).fill(100n)), WORDS.en))
    pieces.push(piece);
  const [pages = []] = await pdfPages([Buffer.concat(pieces)]);
  expect(pages.length).toBeGreaterThan(2);
  let seen = 0;
  for (const [index, page] of pages.entries()) {
    const carried = (10 + seen).toFixed(2);
    if (index > 0) expect(page).toContain(`Brought forward ${carried}`);
    seen += page.match(/No-\d+!/g)?.length ?? 0;
  }
  expect(seen).toBe(90);
});
