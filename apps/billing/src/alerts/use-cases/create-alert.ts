import { assert, invalid, precondition, type Violation } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { MeterProfile } from '../../catalogue/domain/fee';
import { resolveProfiles } from '../../catalogue/use-cases/resolve-fees';
import type { ServiceParts } from '../../service-parts';
import type { Alert, AlertFigure, AlertThreshold } from '../domain/alert';
import { alertViolations, type FigureDraft } from '../domain/alert-draft';

/** The most alerts of an organisation: each is looked at when usage is counted. */
const ALERTS_MAX = 100;

/** What an alert watches, and the names of events that can change it; unset: any may. */
export interface Watched {
  readonly figure: AlertFigure;
  readonly eventNames?: readonly string[];
}

/** What is watched, or why it cannot be. */
type Found = Watched | Violation;

/** Finds what a request wants to be watched. Throws a DomainError of kind precondition for what does not exist. */
export async function resolveWatched(
  parts: ServiceParts,
  organisationId: OrganisationId,
  { figure, accountId }: { readonly figure: FigureDraft; readonly accountId: string },
  signal: AbortSignal,
): Promise<Watched> {
  const found = await foundFor(parts, organisationId, figure, signal);
  const account =
    accountId === '' ? undefined : await parts.accounts.find(organisationId, accountId);
  const violations = [
    ...(accountId !== '' && account === undefined
      ? [{ field: 'account_id', description: 'names no account' }]
      : []),
    ...('field' in found ? [found] : []),
  ];
  if (violations.length > 0 || 'field' in found)
    throw precondition('ALERT_UNRESOLVED', 'What is to be watched does not exist.', violations);
  return found;
}

async function foundFor(
  parts: ServiceParts,
  organisationId: OrganisationId,
  draft: FigureDraft,
  signal: AbortSignal,
): Promise<Found> {
  const named = (profiles: readonly MeterProfile[]) =>
    eventNamesOf(parts, organisationId, profiles, signal);
  switch (draft.kind) {
    case 'usage': {
      const reference = { path: 'figure.usage.meter_profile', meterProfile: draft.meterProfile };
      const [meterProfile] = await resolveProfiles(
        parts.metering,
        organisationId,
        [reference],
        signal,
      );
      assert(meterProfile !== undefined, 'what is missing was refused');
      return { figure: { ...draft, meterProfile }, eventNames: await named([meterProfile]) };
    }
    case 'spend':
    case 'forecast':
      return { figure: draft };
    case 'credit_balance': {
      const unit = await parts.creditUnits.find(organisationId, draft.creditUnitId);
      if (unit === undefined)
        return { field: 'figure.credit_balance.credit_unit_id', description: 'names no unit' };
      const profiles = unit.rates.map(({ meterProfile }) => meterProfile);
      return { figure: { ...draft, creditUnitId: unit.id }, eventNames: await named(profiles) };
    }
    case 'limit_share': {
      const field = 'figure.limit_share.feature_id';
      const feature = await parts.features.find(organisationId, draft.featureId);
      if (feature === undefined) return { field, description: 'names no feature' };
      const { id: featureId, code: featureCode, meterProfile } = feature;
      if (meterProfile === undefined) return { field, description: 'must name a metered feature' };
      const eventNames = await named([meterProfile]);
      return { figure: { ...draft, featureId, featureCode }, eventNames };
    }
  }
}

async function eventNamesOf(
  { metering }: ServiceParts,
  organisationId: OrganisationId,
  profiles: readonly MeterProfile[],
  signal: AbortSignal,
): Promise<string[]> {
  const names = new Set<string>();
  for (const meterId of new Set(profiles.map((profile) => profile.meterId))) {
    const meter = await metering.findMeter(organisationId, meterId, signal);
    if (meter !== undefined) names.add(meter.eventName);
  }
  return [...names];
}

/** Creates an alert of what was found. */
export async function createAlert(
  { ids, alerts, clocks }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: Watched & {
    readonly name: string;
    readonly accountId: string;
    readonly thresholds: readonly AlertThreshold[];
  },
): Promise<Alert> {
  const { name, figure, eventNames, thresholds } = draft;
  const accountId = draft.accountId === '' ? undefined : (draft.accountId as AccountId);
  const ofAccount = accountId === undefined ? {} : { accountId };
  refuse(alertViolations({ ...ofAccount, figure, thresholds }));
  const slice = { afterId: '', limit: ALERTS_MAX };
  if ((await alerts.list(organisationId, slice)).length >= ALERTS_MAX)
    throw precondition('TOO_MANY_ALERTS', `There are ${ALERTS_MAX} alerts already.`);
  const { nowMs: createMs } = await clocks.present(organisationId, session);
  const alert: Alert = {
    ...{ id: ids.next('alr'), name, ...ofAccount, figure, thresholds, createMs },
    ...(eventNames === undefined ? {} : { eventNames }),
  };
  await alerts.insert(organisationId, alert, session);
  return alert;
}

/** Throws a DomainError of kind invalid where there are any. */
export function refuse(violations: readonly Violation[]): void {
  if (violations.length > 0) throw invalid('ALERT_INVALID', 'The alert is refused.', violations);
}
