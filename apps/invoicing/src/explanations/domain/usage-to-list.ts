import { groupKey, type GroupValue } from '@billingrails/rating';
import { DAY_MS } from '@billingrails/time';
import type {
  Invoice,
  InvoiceLine,
  InvoiceSection,
  LineUsage,
} from '../../invoices/domain/invoice';
import { isOfMeter } from './line-to-explain';

/** A line whose usage is listed by day. */
export interface LineToList {
  readonly section: InvoiceSection;
  readonly line: InvoiceLine & { readonly usage: LineUsage };
  /** Unset where all groups were priced together. */
  readonly group?: readonly GroupValue[];
}

/** What is listed, and how many lines that could be are not. */
export interface UsageToList {
  readonly lines: readonly LineToList[];
  readonly furtherCount: number;
}

/** As many groups as one question may name. */
const GROUPS_MAX = 100;

/** A document that lists more is read by nobody, and would not fit an answer. */
const DAYS_MAX = 10_000;

/**
 * The lines of an invoice whose usage can be listed by day: of a meter, and not of the other groups, which no question
 * names. The first of them, as far as a document has room for their days.
 */
export function usageToList({ sections }: Pick<Invoice, 'sections'>): UsageToList {
  const all = sections.flatMap((section) =>
    section.lines.flatMap((line): LineToList[] => {
      const { usage, group } = line;
      if (usage === undefined || !isOfMeter(usage) || group === 'other') return [];
      return [{ section, line: { ...line, usage }, ...(group && { group }) }];
    }),
  );
  let days = 0;
  const beyond = all.findIndex(({ line: { period } }) => {
    // The first and the last may be parts of days.
    days += Math.ceil((period.endMs - period.startMs) / DAY_MS) + 1;
    return days > DAYS_MAX;
  });
  const lines = beyond === -1 ? all : all.slice(0, beyond);
  return { lines, furtherCount: all.length - lines.length };
}

/** Lines that one question answers: of one meter profile, account and span, with as many groups as one may name. */
export function askedTogether(lines: readonly LineToList[]): LineToList[][] {
  const together: LineToList[][] = [];
  const open = new Map<string, LineToList[]>();
  for (const each of lines) {
    const key = questionKey(each);
    const others = open.get(key);
    if (others !== undefined && others.length < GROUPS_MAX) {
      others.push(each);
      continue;
    }
    const begun = [each];
    open.set(key, begun);
    together.push(begun);
  }
  return together;
}

function questionKey({ section, line: { usage, period }, group }: LineToList): string {
  const { meterId, profile, profileVersion = 0, groupVersion = 0 } = usage;
  return JSON.stringify([
    ...[section.accountId, section.timeZone, period.startMs, period.endMs],
    ...[meterId, profile, profileVersion, groupVersion, group !== undefined],
  ]);
}

/** By which a line finds what is its own in an answer. */
export function answerKey({ group = [] }: Pick<LineToList, 'group'>): string {
  return groupKey(group);
}
