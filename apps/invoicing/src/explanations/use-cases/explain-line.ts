import type { OrganisationId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { groupKey } from '@billingrails/rating';
import { existing } from '../../invoices/use-cases/existing';
import type { InvoiceStore } from '../../invoices/store/invoices';
import {
  isOfMeter,
  lineToExplain,
  namedGroups,
  type LineToExplain,
} from '../domain/line-to-explain';
import type { CountedEvent, UsageDay, UsageQuestion, UsageSource, UsageSum } from '../usage-source';

/** A part of an explanation; they come in this order, the result last. */
export type LinePart =
  | { readonly kind: 'line'; readonly explained: LineToExplain; readonly knownMs?: number }
  | { readonly kind: 'days'; readonly days: readonly UsageDay[] }
  | { readonly kind: 'events'; readonly events: readonly CountedEvent[] }
  | { readonly kind: 'result'; readonly sum: UsageSum | undefined; readonly agrees: boolean };

/** What a caller wants explained. */
export interface ExplainRequest {
  readonly invoiceId: string;
  readonly lineId: string;
  readonly omitEvents: boolean;
}

/** What explaining needs. */
export interface ExplainParts {
  readonly invoices: InvoiceStore;
  readonly usageSource: UsageSource;
}

/**
 * Explains a line down to its events, as they were known when the invoice was put together where others have come
 * since. Throws a DomainError where there is no such line, or metering does not answer.
 */
export async function* explainLine(
  { invoices, usageSource }: ExplainParts,
  organisationId: OrganisationId,
  { invoiceId, lineId, omitEvents }: ExplainRequest,
  signal: AbortSignal,
): AsyncGenerator<LinePart> {
  const explained = lineToExplain(await existing(invoices, organisationId, invoiceId), lineId);
  const { line } = explained;
  const now = questionOf(explained, organisationId, signal);
  if (now === undefined) {
    yield { kind: 'line', explained };
    const agrees = line.usage === undefined;
    const sum = agrees ? { quantity: line.quantity, eventCount: 0n } : undefined;
    yield { kind: 'result', sum, agrees };
    return;
  }
  const named = line.group === 'other' ? namedGroups(explained) : new Set<string>();
  const sumOf = (question: UsageQuestion) =>
    line.group === 'other' ? sumOfOthers(usageSource, question, named) : usageSource.sum(question);
  const agrees = (sum: UsageSum | undefined) => sum?.quantity.eq(line.quantity) ?? false;

  const present = await sumOf(now);
  const { createMs } = explained.invoice;
  // As many of another quantity, or as much of more or fewer events, are other events.
  const isAsBilled = agrees(present) && present?.eventCount === line.usage?.eventCount;
  const isChanged = present !== undefined && !isAsBilled && createMs !== undefined;
  const question = isChanged ? { ...now, knownMs: createMs } : now;
  yield { kind: 'line', explained, ...(isChanged ? { knownMs: createMs } : {}) };
  if (line.group !== 'other')
    for await (const days of usageSource.days(question))
      if (days.length > 0) yield { kind: 'days', days };
  let sum = isChanged ? await sumOf(question) : present;
  if (!omitEvents)
    for await (const { events, sum: ofEvents } of usageSource.events(question, named)) {
      if (events.length > 0) yield { kind: 'events', events };
      if (line.group !== 'other') sum = ofEvents ?? sum;
    }
  yield { kind: 'result', sum, agrees: agrees(sum) };
}

/** What to ask metering; undefined for a line that prices no usage, or credits, which are burned by several meters. */
function questionOf(
  { section, line: { usage, group, period } }: LineToExplain,
  organisationId: OrganisationId,
  signal: AbortSignal,
): UsageQuestion | undefined {
  if (usage === undefined || !isOfMeter(usage)) return undefined;
  const { accountId, timeZone } = section;
  return {
    ...{ organisationId, accountId, usage, period, timeZone, signal },
    ...(group === undefined || group === 'other' ? {} : { groups: [group] }),
  };
}

/** What all groups but those come to; undefined where it is not known which they are. */
async function sumOfOthers(
  usageSource: UsageSource,
  question: UsageQuestion,
  named: ReadonlySet<string> | undefined,
): Promise<UsageSum | undefined> {
  if (named === undefined) return undefined;
  let quantity = decimal(0n);
  let eventCount = 0n;
  for await (const sums of usageSource.groups(question))
    for (const { group, ...sum } of sums)
      if (!named.has(groupKey(group))) {
        quantity = quantity.add(sum.quantity);
        eventCount += sum.eventCount;
      }
  return { quantity, eventCount };
}
