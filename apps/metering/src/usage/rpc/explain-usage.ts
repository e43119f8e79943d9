import { create } from '@bufbuild/protobuf';
import {
  QueryUsageRequestSchema,
  type ExplainUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { DomainError, withViolations, assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { principalOf, toTimestamp } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import { NO_GROUP } from '../../domain/group';
import { valueText } from '../../outcomes/domain/verdict';
import { explainUsage, type ExplainedEvent, type ExplainQuery } from '../use-cases/explain-usage';
import { toGroup } from './usage-messages';
import { readUsageRequest } from './usage-request';

/** Streams the events behind a quantity. The next are read only when the caller has taken those before. */
export async function* explainUsageCall(
  mongo: Mongo,
  request: ExplainUsageRequest,
  call: HandlerContext,
) {
  const query = readExplainRequest(principalOf(call).organisationId, request);
  for await (const explained of explainUsage(mongo, query)) {
    if ('events' in explained) {
      yield { events: explained.events.map(toExplainedEvent) };
    } else {
      const { value, eventCount } = explained;
      yield { quantity: { value, eventCount: BigInt(eventCount) } };
    }
  }
}

/** Reads the request. Throws `invalid` with everything that is wrong with it, as for a query of the same usage. */
function readExplainRequest(
  organisationId: OrganisationId,
  { accountId: account, group, startTime, endTime, knownAt, ...request }: ExplainUsageRequest,
): ExplainQuery {
  const { meterId, profile, timeZone, profileVersion } = request;
  const wanted = readAsQuery({
    ...{ meterId, profile, profileVersion, timeZone, accountIds: [account] },
    groups: group === undefined ? [] : [group],
    ...(startTime === undefined ? {} : { startTime }),
    ...(endTime === undefined ? {} : { endTime }),
    ...(knownAt === undefined ? {} : { knownAt }),
  });
  const [accountId] = wanted.accountIds;
  const [period] = wanted.windows;
  assert(accountId !== undefined && period !== undefined, 'an account and a period were checked');
  return {
    ...{ organisationId, meterId, profileCode: profile, accountId, period },
    timeZone: wanted.timeZone,
    profileVersion: wanted.profileVersion,
    group: wanted.groups?.[0],
    decidingOnly: request.decidingOnly,
    knownAtMs: wanted.knownAtMs,
  };
}

function readAsQuery(query: Parameters<typeof create<typeof QueryUsageRequestSchema>>[1]) {
  try {
    return readUsageRequest(create(QueryUsageRequestSchema, query));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const violations = error.violations.map(({ field, description }) => ({
      field: field.replace('account_ids[0]', 'account_id').replace('groups[0]', 'group'),
      description,
    }));
    throw withViolations(error, violations);
  }
}

function toExplainedEvent({ key, timestampMs, value, deciding, carried, named }: ExplainedEvent) {
  return {
    idempotencyKey: key,
    timestamp: toTimestamp(timestampMs),
    value: valueText(value),
    ...{ deciding, carried },
    ...(named.group === NO_GROUP ? {} : { group: toGroup(named) }),
  };
}
