import { assert, DomainError } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { sumOfTransactions } from '@billingrails/rating';
import { mapBounded } from '@billingrails/waits';
import {
  neededUsage,
  pricedGroups,
  usageKey,
  type NeededUsage,
  type Usage,
  type Usages,
} from '../bills/domain/expected';
import type { Obligation } from '../bills/domain/obligations';
import type { Subscription } from '../subscriptions/domain/subscription';
import { ACCOUNTS_MAX } from './ask-usage';
import { attempt, isFailure, type Attempted } from './attempt';
import type { GroupedUsageAnswer, Metering, UsageAnswer } from './metering';

/** Usage queries of one batch of bills at the same time. */
const QUERIES_AT_ONCE = 4;
/** With every failure so many times fewer accounts are asked for together, so that none holds others up for long. */
const FEWER = 8;

/** How usage is asked for. */
export interface Asking {
  /** Whether every event acknowledged before is counted first. */
  readonly waitForAcknowledged: boolean;
  readonly signal?: AbortSignal;
}

/** The usage that one bill needs. */
export interface UsageNeed {
  readonly subscription: Pick<Subscription, 'accountId' | 'timeZone'>;
  readonly due: readonly Obligation[];
  /** How often this bill was tried, with this time. */
  readonly attempts: number;
}

/** One question about many accounts. */
interface Question {
  readonly byGroup: boolean;
  readonly need: NeededUsage;
  readonly timeZone: string;
  readonly accountsMax: number;
  /** Each with the groups that are told by name. */
  readonly accounts: Map<AccountId, Set<string>>;
}

/** What is asked the same for many accounts, and who is asked for. */
type Answers<T> = Map<string, Attempted<T>>;

/**
 * The complete usage for each of the needs, in their order; 'partial' while any of it is still being counted, or why it
 * could not be had. What is the same for many accounts is one question. An account that metering refuses to answer for
 * is found by asking for fewer at a time, and costs no other its answer.
 */
export async function gatherUsage(
  metering: Metering,
  organisationId: OrganisationId,
  needs: readonly UsageNeed[],
  { waitForAcknowledged, signal }: Asking,
): Promise<(Attempted<Usages> | 'partial')[]> {
  const asked = {
    organisationId,
    waitForAcknowledged,
    ...(signal === undefined ? {} : { signal }),
  };
  const whole: Answers<UsageAnswer> = new Map();
  const byGroup: Answers<GroupedUsageAnswer> = new Map();

  const ask = async (question: Question, accountIds: readonly AccountId[]): Promise<void> => {
    const { need, timeZone, accounts: keptGroups } = question;
    const full = { ...asked, ...need, timeZone, accountIds };
    try {
      if (question.byGroup) {
        const found = await metering.usagesByGroup({ ...full, keptGroups });
        for (const [id, answer] of found) byGroup.set(answerKey(id, timeZone, need), answer);
      } else {
        const found = await metering.usages(full);
        for (const [id, answer] of found) whole.set(answerKey(id, timeZone, need), answer);
      }
    } catch (cause) {
      if (accountIds.length > 1 && !mayPass(cause)) {
        const half = Math.ceil(accountIds.length / 2);
        await ask(question, accountIds.slice(0, half));
        await ask(question, accountIds.slice(half));
        return;
      }
      for (const id of accountIds)
        (question.byGroup ? byGroup : whole).set(answerKey(id, timeZone, need), { failure: cause });
    }
  };
  const chunks = questionsOf(needs).flatMap((question) =>
    chunksOf([...question.accounts.keys()], question.accountsMax).map((ids) => ({ question, ids })),
  );
  await mapBounded(chunks, QUERIES_AT_ONCE, ({ question, ids }) => ask(question, ids));

  return mapBounded(needs, QUERIES_AT_ONCE, async ({ subscription, due }) => {
    const { accountId, timeZone } = subscription;
    const needed = neededUsage(due);
    const answersTo = <T>(answers: Answers<T>, asks: readonly NeededUsage[]) =>
      asks.map((need): [string, Attempted<T>] => {
        const answer = answers.get(answerKey(accountId, timeZone, need));
        assert(answer !== undefined, 'everything that is needed was asked for');
        return [usageKey(need), answer];
      });
    const [wholes, groups] = [answersTo(whole, needed.whole), answersTo(byGroup, needed.byGroup)];
    const answered = [...wholes, ...groups].map(([, answer]) => answer);
    const failed = answered.find(isFailure);
    if (failed !== undefined) return failed;
    if (answered.some((answer) => !isFailure(answer) && answer.partial)) return 'partial';
    return attempt(async () => {
      const found = new Map<string, Usage>(succeeded(wholes));
      const of = { ...asked, accountId, timeZone };
      for (const need of needed.transactions) {
        // What the events come to that are told one by one: some may have come between the two answers.
        const transactions = await metering.transactions({ ...of, ...need });
        const usage = found.get(usageKey(need));
        assert(usage !== undefined, 'whose transactions are needed is asked for as a whole, too');
        found.set(usageKey(need), { ...usage, ...sumOfTransactions(transactions), transactions });
      }
      return { whole: found, byGroup: new Map(succeeded(groups)) };
    });
  });
}

function succeeded<T>(answers: readonly (readonly [string, Attempted<T>])[]): [string, T][] {
  return answers.flatMap(([key, answer]): [string, T][] =>
    isFailure(answer) ? [] : [[key, answer]],
  );
}

/** Everything that is asked, the same for many accounts together. */
function questionsOf(needs: readonly UsageNeed[]): Question[] {
  const questions = new Map<string, Question>();
  for (const { subscription, due, attempts } of needs) {
    const { accountId, timeZone } = subscription;
    const accountsMax = Math.max(1, Math.floor(ACCOUNTS_MAX / FEWER ** (attempts - 1)));
    const needed = neededUsage(due);
    const add = (byGroup: boolean, need: NeededUsage): void => {
      const key = `${byGroup} ${accountsMax} ${timeZone} ${usageKey(need)}`;
      const question = questions.get(key) ?? {
        ...{ byGroup, need, timeZone, accountsMax },
        accounts: new Map<AccountId, Set<string>>(),
      };
      questions.set(key, question);
      const groups = question.accounts.get(accountId) ?? new Set();
      if (byGroup) for (const group of pricedGroups(due, need.meterProfile)) groups.add(group);
      question.accounts.set(accountId, groups);
    };
    for (const need of needed.whole) add(false, need);
    for (const need of needed.byGroup) add(true, need);
  }
  return [...questions.values()];
}

function answerKey(accountId: AccountId, timeZone: string, need: NeededUsage): string {
  return `${accountId} ${timeZone} ${usageKey(need)}`;
}

/** Whether waiting helps, for all accounts alike. */
function mayPass(cause: unknown): boolean {
  return cause instanceof DomainError && cause.kind === 'unavailable';
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}
