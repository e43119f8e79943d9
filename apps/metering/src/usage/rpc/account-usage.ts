import type {
  AccountUsageQuestion as QuestionMessage,
  QueryAccountUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { canonicalTimeZone, isTimeZone } from '@billingrails/time';
import type {
  AccountUsageAnswer,
  AccountUsageQuery,
  AccountUsageQuestion,
} from '../use-cases/account-usage';

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readAccountUsageRequest(
  organisationId: OrganisationId,
  { accountId, questions, idempotencyKeys, knownAt }: QueryAccountUsageRequest,
): AccountUsageQuery {
  const asked = questions.map((question, index) => questionOf(accountId, question, index));
  const violations = [
    ...(isAccountId(accountId) ? [] : [{ field: 'account_id', description: 'is no account id' }]),
    ...asked.flatMap(violationsOf),
    ...questions.flatMap((question, index) =>
      question.accountId === '' || isAccountId(question.accountId)
        ? []
        : [{ field: `questions[${index}].account_id`, description: 'is no account id' }],
    ),
  ];
  if (violations.length > 0)
    throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', violations);
  return {
    organisationId,
    questions: asked,
    keys: [...new Set(idempotencyKeys)],
    knownAtMs: knownAt === undefined ? undefined : fromTimestamp(knownAt, 'known_at'),
  };
}

/** What was read, as it is answered. */
export function accountUsageToProto({ usages, known }: AccountUsageAnswer) {
  return {
    usages: usages.map(({ eventCount, ...usage }) => ({
      ...usage,
      eventCount: BigInt(eventCount),
    })),
    knownEvents: known.map(({ key: idempotencyKey, timestampMs }) => ({
      idempotencyKey,
      ...(timestampMs === undefined ? {} : { eventTime: toTimestamp(timestampMs) }),
    })),
  };
}

function questionOf(
  ofAll: string,
  { accountId, meterId, profile, startTime, endTime, timeZone }: QuestionMessage,
  index: number,
): AccountUsageQuestion {
  assert(startTime !== undefined && endTime !== undefined, 'the contract requires both times');
  return {
    accountId: (accountId || ofAll) as AccountId,
    ...{ meterId, profileCode: profile, timeZone: canonicalTimeZone(timeZone || 'UTC') },
    period: {
      startMs: fromTimestamp(startTime, `questions[${index}].start_time`),
      endMs: fromTimestamp(endTime, `questions[${index}].end_time`),
    },
  };
}

function violationsOf({ period, timeZone }: AccountUsageQuestion, index: number): Violation[] {
  const path = `questions[${index}]`;
  const violations: Violation[] = [];
  if (period.startMs >= period.endMs)
    violations.push({ field: `${path}.end_time`, description: 'must be after start_time' });
  if (!isTimeZone(timeZone))
    violations.push({
      field: `${path}.time_zone`,
      description: 'must be an IANA name, such as "Europe/Berlin"',
    });
  return violations;
}
