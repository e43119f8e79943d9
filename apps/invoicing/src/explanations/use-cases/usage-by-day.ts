import { assert, DomainError } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Invoice } from '../../invoices/domain/invoice';
import { answerKey, askedTogether, usageToList, type LineToList } from '../domain/usage-to-list';
import type { GroupDay, UsageDay, UsageQuestion, UsageSource, UsageSum } from '../usage-source';

/** The usage of a line by day, and how it stands to the line's quantity. */
export interface DailyUsage extends Omit<LineToList, 'group'> {
  /** Every day of the span, by time; none where nothing was used. */
  readonly days: readonly UsageDay[];
  /** `gone`: metering no longer keeps what it takes to tell them. */
  readonly agreement: 'sum' | 'no_sum' | 'differs' | 'gone';
}

/** What an invoice's documents end with. */
export interface UsageByDay {
  readonly usages: readonly DailyUsage[];
  /** How many lines of usage are beyond what a document has room for. */
  readonly furtherCount: number;
}

/** Questions that are under way at once. */
const AT_ONCE = 4;

/**
 * The usage of each line by day of its section's zone, as an explanation of the line tells it: as it is known now, or,
 * where that is not what the line says, as it was when the invoice was put together. One question answers for all
 * groups of a meter profile. `unavailable` where metering cannot be asked just now: a document comes all the same.
 */
export async function usageByDay(
  source: UsageSource,
  invoice: Pick<Invoice, 'organisationId' | 'sections' | 'createMs'>,
  signal: AbortSignal,
): Promise<UsageByDay | 'unavailable'> {
  const { lines, furtherCount } = usageToList(invoice);
  const waiting = askedTogether(lines);
  const found = new Map<LineToList, DailyUsage>();
  const askNext = async (): Promise<void> => {
    for (let some = waiting.shift(); some !== undefined; some = waiting.shift())
      for (const [line, usage] of await answered(source, invoice, some, signal))
        found.set(line, usage);
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  } catch (error) {
    waiting.length = 0;
    if (error instanceof DomainError && error.kind === 'unavailable') return 'unavailable';
    throw error;
  }
  return { usages: lines.flatMap((line) => found.get(line) ?? []), furtherCount };
}

type Answer = (readonly [LineToList, DailyUsage])[];

/** Lines that are asked together: as it is known now, and of those that say something else as it was known then. */
async function answered(
  source: UsageSource,
  invoice: Pick<Invoice, 'organisationId' | 'createMs'>,
  lines: readonly LineToList[],
  signal: AbortSignal,
): Promise<Answer> {
  const question = questionOf(invoice.organisationId, lines, signal);
  const { createMs: knownMs } = invoice;
  const now = await toldOrGone(source, question, lines);
  const changed = now.filter(([, { agreement }]) => agreement === 'differs').map(([line]) => line);
  if (changed.length === 0 || knownMs === undefined) return now;
  const then = { ...questionOf(invoice.organisationId, changed, signal), knownMs };
  return [...now, ...(await toldOrGone(source, then, changed))];
}

function questionOf(
  organisationId: OrganisationId,
  lines: readonly LineToList[],
  signal: AbortSignal,
): UsageQuestion {
  const [first] = lines;
  assert(first !== undefined, 'a question is of some line');
  const { accountId, timeZone } = first.section;
  const { usage, period } = first.line;
  const groups = lines.flatMap(({ group }) => (group === undefined ? [] : [group]));
  return {
    ...{ organisationId, accountId, usage, period, timeZone, signal },
    ...(groups.length === 0 ? {} : { groups }),
  };
}

async function toldOrGone(
  source: UsageSource,
  question: UsageQuestion,
  lines: readonly LineToList[],
): Promise<Answer> {
  try {
    return await told(source, question, lines);
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== 'precondition') throw error;
    return lines.map((each) => [each, { ...each, days: [], agreement: 'gone' }]);
  }
}

async function told(
  source: UsageSource,
  question: UsageQuestion,
  lines: readonly LineToList[],
): Promise<Answer> {
  const days = new Map<string, GroupDay[]>();
  for await (const page of source.groupDays(question))
    for (const day of page) {
      const key = answerKey(day);
      const others = days.get(key);
      if (others === undefined) days.set(key, [day]);
      else others.push(day);
    }
  const told = lines.map((each): Answer[number] => {
    const own = days.get(answerKey(each)) ?? [];
    return [each, { ...each, days: own, agreement: addsUp(each, own) ? 'sum' : 'differs' }];
  });
  if (told.every(([, { agreement }]) => agreement === 'sum')) return told;
  // Highest, latest or distinct values are no sums of those of days: of these it is asked what the whole comes to.
  const sums = await wholesOf(source, question);
  return told.map(([each, usage]): Answer[number] => {
    const sum = sums.get(answerKey(each));
    const isSame =
      sum !== undefined && sum.quantity.eq(each.line.quantity) && countsAll(each, usage.days);
    return [
      each,
      usage.agreement === 'differs' && isSame ? { ...usage, agreement: 'no_sum' } : usage,
    ];
  });
}

/** What the whole span comes to, by group. */
async function wholesOf(
  source: UsageSource,
  question: UsageQuestion,
): Promise<ReadonlyMap<string, UsageSum>> {
  if (question.groups === undefined) return new Map([[answerKey({}), await source.sum(question)]]);
  const sums = new Map<string, UsageSum>();
  for await (const page of source.groups(question))
    for (const sum of page) sums.set(answerKey(sum), sum);
  return sums;
}

function addsUp(each: LineToList, days: readonly UsageDay[]): boolean {
  return countsAll(each, days) && sumOf(days).eq(each.line.quantity);
}

function countsAll({ line: { usage } }: LineToList, days: readonly UsageDay[]): boolean {
  return days.reduce((sum, { eventCount }) => sum + eventCount, 0n) === usage.eventCount;
}

function sumOf(days: readonly UsageDay[]): Decimal {
  return days.reduce((sum, { quantity }) => (quantity ? sum.add(quantity) : sum), decimal(0n));
}
