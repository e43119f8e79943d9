import type { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import { decimal } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { Client } from '@connectrpc/connect';
import { callOptions } from './call-options';
import { Gatherer } from './gatherer';
import type { AccountUsageAnswer, AccountUsageQuestion, Metering } from './metering';
import { meteringError } from './metering-error';

/** How long it may take, with the waiting for events to be counted. */
const TIMEOUT_MS = 10_000;
/** As many as metering is asked for at once. */
const QUESTIONS_MAX = 1_000;
const KEYS_MAX = 10_000;
/** The more go together, the less each costs; but one that takes long holds up no others. */
const SLOW = { afterMs: 50, groupsMax: 4 };

/** See `Metering.accountUsage`. Those who ask at the same time ask together. */
export function gatheredAccountUsage(
  usages: Client<typeof UsageService>,
): Metering['accountUsage'] {
  const gatherer = new Gatherer<AccountUsageQuestion, AccountUsageAnswer>({
    sizeMax: QUESTIONS_MAX,
    slow: SLOW,
    fits: (question, before) => {
      const all = [question, ...before];
      const countOf = (of: (each: AccountUsageQuestion) => number) =>
        all.reduce((sum, each) => sum + of(each), 0);
      return (
        countOf(({ asked }) => asked.length) <= QUESTIONS_MAX &&
        countOf(({ keys }) => keys.length) <= KEYS_MAX
      );
    },
    run: (questions) => askTogether(usages, questions),
  });
  return (question) => gatherer.do(commonOf(question), question);
}

/** What is wrong with one question is not told to who asked another. */
async function askTogether(
  usages: Client<typeof UsageService>,
  questions: readonly AccountUsageQuestion[],
): Promise<(AccountUsageAnswer | Error)[]> {
  const [first, ...others] = questions;
  assert(first !== undefined, 'something is asked');
  if (others.length === 0) return ask(usages, [first], first.signal);
  try {
    return await ask(usages, questions);
  } catch {
    return Promise.all(
      questions.map(async (question) => {
        try {
          const [answer] = await ask(usages, [question], question.signal);
          assert(answer !== undefined, 'every question is answered');
          return answer;
        } catch (error) {
          return error instanceof Error ? error : new Error(String(error));
        }
      }),
    );
  }
}

/** What those who ask together have in common. */
function commonOf(question: AccountUsageQuestion): string {
  const { organisationId, consistencyToken, waitForAcknowledged = false, knownMs } = question;
  return [organisationId, consistencyToken, waitForAcknowledged, knownMs].join('/');
}

/** Questions with the same in common. */
async function ask(
  usages: Client<typeof UsageService>,
  questions: readonly AccountUsageQuestion[],
  signal?: AbortSignal,
): Promise<AccountUsageAnswer[]> {
  const [first] = questions;
  assert(first !== undefined, 'something is asked');
  const { organisationId, accountId: ofFirst, consistencyToken, ...of } = first;
  const { waitForAcknowledged = false, knownMs } = of;
  const request = {
    ...{ accountId: ofFirst, consistencyToken, waitForAcknowledged },
    ...(knownMs === undefined ? {} : { knownAt: toTimestamp(knownMs) }),
    idempotencyKeys: [...new Set(questions.flatMap(({ keys }) => keys))],
    questions: questions.flatMap(({ accountId, asked }) =>
      asked.map(({ meterProfile: { meterId, profile }, period, timeZone }) => ({
        ...{ accountId, meterId, profile, timeZone },
        ...{ startTime: toTimestamp(period.startMs), endTime: toTimestamp(period.endMs) },
      })),
    ),
  };
  try {
    const options = callOptions(organisationId, TIMEOUT_MS, signal);
    const answer = await usages.queryAccountUsage(request, options);
    assert(answer.usages.length === request.questions.length, 'metering answers every question');
    const known = new Map(
      answer.knownEvents.map(({ idempotencyKey, eventTime }) => [
        idempotencyKey,
        eventTime === undefined ? undefined : fromTimestamp(eventTime),
      ]),
    );
    let from = 0;
    return questions.map(({ asked }) => {
      const own = answer.usages.slice(from, from + asked.length);
      from += asked.length;
      const told = own.map(({ value, eventCount, partial, profileVersion }) => ({
        ...(value === '' ? {} : { quantity: decimal(value) }),
        ...{ eventCount, partial, profileVersion },
      }));
      return { usages: told, known };
    });
  } catch (error) {
    throw meteringError(error);
  }
}
