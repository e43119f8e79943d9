import { eventNameProblem, nameProblem, readPath, type PropertyPath } from '@billingrails/filters';
import { isAccountId } from '@billingrails/ids';
import { limits } from './event';
import type { AcceptedEvent, SubmittedEvent } from './event';
import { checkProperties } from './properties';
import { numberFaults, type NumberRule } from './number-rules';
import { propertyFieldPath } from './property-path';
import { timestampToMs } from './timestamp';
import type { Violations } from './violations';

/** What an event is judged by, besides itself. */
export interface AcceptanceContext {
  /** The time of arrival. */
  readonly nowMs: number;
  /** Where events of this name hold their account. */
  readonly accountPathOf: (eventName: string) => PropertyPath;
  /** Which properties of events of this name must be numbers. */
  readonly numberRulesOf: (eventName: string) => readonly NumberRule[];
  /** A key that nobody has used. */
  readonly nextKey: () => string;
}

/**
 * Checks one event and fills in what it leaves out. Violations are noted with `prefix` before their paths; the answer
 * is undefined exactly when there was one.
 */
export function acceptEvent(
  event: SubmittedEvent,
  prefix: string,
  context: AcceptanceContext,
  violations: Violations,
): AcceptedEvent | undefined {
  const { eventName, properties = {}, idempotencyKey, timestamp } = event;
  const before = violations.total;
  const note = (field: string, problem: string | undefined) => {
    if (problem !== undefined) violations.add(() => prefix + field, problem);
  };
  note('event_name', eventName === '' ? 'is required' : eventNameProblem(eventName));
  if (idempotencyKey !== '')
    note('idempotency_key', nameProblem(idempotencyKey, limits.idempotencyKeyCharactersMax));
  const propertiesJson = checkProperties(properties, prefix, violations);
  const accountPath = context.accountPathOf(eventName);
  const account = readPath(properties, accountPath);
  const accountIsValid = typeof account === 'string' && isAccountId(account);
  if (!accountIsValid) note(propertyFieldPath(accountPath), accountProblem(account));
  const time = timestamp ? timestampToMs(timestamp, context.nowMs) : { timestampMs: context.nowMs };
  if ('problem' in time) note('timestamp', time.problem);
  else
    for (const { path, problem } of numberFaults(
      properties,
      time.timestampMs,
      context.numberRulesOf(eventName),
    ))
      note(propertyFieldPath(path), problem);
  if (violations.total > before || !accountIsValid || 'problem' in time) return undefined;
  return {
    eventName,
    accountId: account,
    idempotencyKey: idempotencyKey === '' ? context.nextKey() : idempotencyKey,
    timestampMs: time.timestampMs,
    timestampAssigned: timestamp === undefined,
    propertiesJson,
  };
}

/** Ids are strings: 17 and "17" must not become one account, nor 1e3 a third spelling. */
function accountProblem(account: unknown): string {
  if (account === undefined) return 'is required: the account the event is counted for';
  if (typeof account !== 'string') return 'must be a string: the id of an account';
  return 'must be 1-128 characters of A-Z a-z 0-9 . _ : @ - that start with a letter or a digit';
}
