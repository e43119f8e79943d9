import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, inTransaction, type OutboxMessage } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { AccessStop } from '../../accounts/domain/account';
import type { SubscriptionParts } from '../../service-parts';
import { alertFiredChange, alertFiredMessage } from '../contract/alert-fired';
import { thresholdKey, type Alert, type AlertEvent } from '../domain/alert';
import { decideFirings, shownValue, type Decided, type Observation } from '../domain/firing';
import type { ReadState } from '../store/alert-states';
import { countedIn } from './group-of';
import { observe } from './observe';

/** What looking at alerts needs. */
export interface EvaluateParts extends SubscriptionParts {
  /** Called after events were committed, to have them sent at once. */
  readonly onFired: () => void;
}

/** How often others may be faster before an account is left to whoever looks next. */
const TRIES_MAX = 5;
/** Accounts that are looked at together, and changed in one transaction. */
const TOGETHER = 500;

/** What an account's figure comes to. */
interface Outcome {
  readonly accountId: AccountId;
  readonly observation: Observation;
  readonly read: ReadState | undefined;
  readonly decided: Decided;
  readonly stops: readonly StopChange[];
}

/** Access that is to be stopped by the alert, or given back. */
interface StopChange {
  readonly accountId: AccountId;
  /** Undefined: it is given back. */
  readonly stop: AccessStop | undefined;
}

/**
 * Reads the figure of accounts that exist, and lets what was passed fire: once, whoever else looks at the same time.
 * What is known is read first, then the figure, and it is written only where that is known still; whoever is late does
 * it over, with what is known and counted then.
 */
export async function evaluate(
  parts: EvaluateParts,
  organisationId: OrganisationId,
  alert: Alert,
  accountIds: readonly AccountId[],
  signal: AbortSignal,
): Promise<void> {
  for (let from = 0; from < accountIds.length; from += TOGETHER) {
    let left: readonly AccountId[] = accountIds.slice(from, from + TOGETHER);
    for (let tries = 0; left.length > 0 && tries < TRIES_MAX && !signal.aborted; tries += 1)
      left = await evaluateSome(parts, organisationId, alert, left, signal);
  }
}

/** The accounts of which somebody else was faster. */
async function evaluateSome(
  parts: EvaluateParts,
  organisationId: OrganisationId,
  alert: Alert,
  accountIds: readonly AccountId[],
  signal: AbortSignal,
): Promise<AccountId[]> {
  const { mongo, alertStates, onFired } = parts;
  const states = await alertStates.findMany(organisationId, alert.id, accountIds);
  const observations = await observe(parts, { organisationId, alert, accountIds, signal });
  const outcomes: Outcome[] = [];
  for (const [accountId, observation] of observations) {
    const read = states.get(accountId);
    const decided = decideFirings(alert.thresholds, read, observation);
    if (decided === undefined) continue;
    const stops = await stopsOf(parts, organisationId, alert, accountId, decided);
    if (decided.isChanged || stops.length > 0)
      outcomes.push({ accountId, observation, read, decided, stops });
  }
  if (outcomes.length === 0) return [];
  const late = await inTransaction(mongo, (session) =>
    commit(parts, session, organisationId, alert, outcomes),
  );
  onFired();
  return late;
}

/** How access stands otherwise than it is to be; nothing is read for an alert that stops none. */
async function stopsOf(
  parts: EvaluateParts,
  organisationId: OrganisationId,
  alert: Alert,
  accountId: AccountId,
  { after: { period, thresholds: states } }: Decided,
): Promise<StopChange[]> {
  const stopping = alert.thresholds.filter(({ stopsAccess }) => stopsAccess);
  if (stopping.length === 0 || period === undefined) return [];
  const isStopped = stopping.some((each) => states.get(thresholdKey(each))?.isArmed === false);
  const group = await countedIn(parts, organisationId, alert, accountId);
  const found = await parts.accessStops.ofAccounts(organisationId, group);
  const { id: alertId, name: alertName } = alert;
  const stop = isStopped ? { alertId, alertName, untilMs: period.endMs } : undefined;
  return group.flatMap((id): StopChange[] => {
    const present = found.get(id)?.find((each) => each.alertId === alertId);
    const isSame = present?.untilMs === stop?.untilMs && present?.alertName === stop?.alertName;
    return isSame ? [] : [{ accountId: id, stop }];
  });
}

async function commit(
  parts: EvaluateParts,
  session: ClientSession,
  organisationId: OrganisationId,
  alert: Alert,
  outcomes: readonly Outcome[],
): Promise<AccountId[]> {
  const { mongo, ids, alerts, alertStates, alertEvents, accessStops } = parts;
  // What was decided by other thresholds, or for an alert that is gone, is decided anew by who changed it.
  const standing = await alerts.find(organisationId, alert.id, session);
  if (standing === undefined || !isSame(standing, alert)) return [];
  const accountIds = outcomes.map(({ accountId }) => accountId);
  const now = await alertStates.findMany(organisationId, alert.id, accountIds, session);
  const isKnown = ({ accountId, read }: Outcome) => now.get(accountId)?.version === read?.version;
  const going = outcomes.filter(isKnown);
  const changes = going.map(({ accountId, read, decided: { after } }) => {
    return { accountId, read, after };
  });
  await alertStates.save(organisationId, alert.id, changes, session);
  const events = going.flatMap((outcome) => eventsOf(alert, outcome, () => ids.next('aev')));
  await alertEvents.insertMany(organisationId, events, session);
  const messages = events.map((event) => alertFiredMessage(organisationId, alert, event));
  messages.push(...(await changesOf(parts, session, organisationId, events)));
  await addToOutbox(mongo.db, session, ...messages);
  for (const { accountId, stop } of going.flatMap(({ stops }) => stops))
    await accessStops.set(organisationId, { alertId: alert.id, accountId }, stop, session);
  return outcomes.filter((outcome) => !isKnown(outcome)).map(({ accountId }) => accountId);
}

async function changesOf(
  { accounts, clocks }: EvaluateParts,
  session: ClientSession,
  organisationId: OrganisationId,
  events: readonly AlertEvent[],
): Promise<OutboxMessage[]> {
  if (events.length === 0) return [];
  const accountIds = [...new Set(events.map(({ accountId }) => accountId))];
  const watched = await accounts.findMany(organisationId, accountIds, session);
  return events.map((event) => {
    const isTest = watched.get(event.accountId)?.isTest ?? false;
    return alertFiredChange(organisationId, event, { isTest, createMs: clocks.realMs() });
  });
}

function isSame(a: Alert, b: Alert): boolean {
  const textOf = ({ name, thresholds }: Alert) =>
    JSON.stringify([name, thresholds.map((each) => [thresholdKey(each), each.stopsAccess])]);
  return textOf(a) === textOf(b);
}

function eventsOf(
  { id: alertId, name: alertName }: Alert,
  { accountId, observation, decided: { after, firings } }: Outcome,
  nextId: () => AlertEvent['id'],
): AlertEvent[] {
  const { period } = after;
  return firings.map(({ threshold, occurrence }) => ({
    ...{ id: nextId(), alertId, alertName, accountId, threshold, occurrence },
    value: shownValue(observation),
    ...(period === undefined ? {} : { period }),
    createMs: observation.nowMs,
  }));
}
