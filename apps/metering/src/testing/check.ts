import { isAccountId, type OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { windowsOf, type Period } from '@billingrails/time';
import type { Meter } from '../meters/domain/meter';
import { readUsage, type UsageQuery } from '../usage/use-cases/read-usage';
import { ACCOUNTS } from './oracle/arbitraries';
import { oracleUsage, type OracleEvent, type OracleProfile } from './oracle/oracle';

/** Usage as the service reads it, of all accounts, by profile and window. */
export async function usageOf(
  mongo: Mongo,
  meter: Meter,
  profileCode: string,
  windows: readonly Period[],
  options: Pick<UsageQuery, 'timeZone' | 'knownAtMs'> = {},
) {
  const { rows } = await readUsage(mongo, {
    organisationId: meter.organisationId,
    meterId: meter.id,
    profileCode,
    accounts: ACCOUNTS.filter(isAccountId),
    windows,
    ...options,
  });
  return rows;
}

/** The same by the oracle. */
export function expectedUsage(
  stored: readonly OracleEvent[],
  organisationId: OrganisationId,
  profile: OracleProfile,
  windows: readonly Period[],
  timeZone = 'UTC',
) {
  return ACCOUNTS.flatMap((accountId) =>
    windows.map((period) => {
      const parts = windowsOf(period, profile.timeWindow ?? 'none', timeZone);
      const of = { organisationId, accountId, ...period, parts };
      return { accountId, ...period, ...oracleUsage(stored, profile, of) };
    }),
  );
}
