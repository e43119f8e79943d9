import type { Statement } from '../../receivables/domain/statement';
import { amountText } from '../format-number';
import { dateText } from '../format-time';
import type { Words } from '../words';
import type { DocumentView, LineView } from './document-view';
import { fact, partiesView } from './facts-view';
import { lookView } from './look-view';

/**
 * Says a statement in the words and figures of its page: each entry is a line with what it adds to what is owed, and
 * what is owed after it, which is what pages carry forward.
 */
export function statementView(statement: Statement, words: Words): DocumentView {
  const { accountId, accountName, customer, seller, branding, logo } = statement;
  const { currencyCode, timeZone, opening, entries, fromMs, untilMs } = statement;
  const { statement: said, locale } = words;
  const day = (ms: number) => dateText(ms, timeZone, words);
  const figure = (minorUnits: bigint) => amountText({ currencyCode, minorUnits }, locale);
  const whole = (minorUnits: bigint) => `${figure(minorUnits)} ${currencyCode}`;
  let owed = opening;
  const lines = entries.map(({ kind, text, atMs, amount }): LineView => {
    owed += amount;
    return {
      description: [said.kinds[kind], text].filter((part) => part !== '').join(' '),
      note: day(atMs),
      ...{ quantity: figure(amount), unit: '', amount: figure(owed), sumSoFar: figure(owed) },
    };
  });
  const before = { label: said.opening, amount: whole(opening), isMain: false };
  const after = { label: said.owed, amount: whole(owed), isMain: true };
  // The last day inside, as the end is outside.
  const lastDay = day(untilMs - 1);
  return {
    words,
    title: `${said.heading} ${accountId}`,
    heading: said.heading,
    number: fromMs === undefined ? said.until(lastDay) : said.between(day(fromMs), lastDay),
    look: lookView(branding, logo),
    parties: partiesView(
      {
        ...{ accountId, accountName, issuerLines: branding?.issuerLines ?? [] },
        ...(customer && { customer }),
        ...(seller && { seller }),
      },
      said.account,
      words,
    ),
    facts: [
      fact(said.entries, String(entries.length)),
      fact(said.opening, whole(opening)),
      fact(said.owed, whole(owed)),
    ],
    memo: '',
    columns: {
      description: words.description,
      quantity: words.amountIn(currencyCode),
      amount: said.owedAfter,
    },
    empty: said.nothing,
    sections: [{ lines }],
    due: after,
    totals: [before, after],
    notes: [said.rule(currencyCode), words.daysOf(timeZone)],
    ids: [{ label: said.account, id: accountId }],
  };
}
