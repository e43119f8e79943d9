import { isAccountId, type OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import type { Meter } from '../domain/meter';
import { readUsage } from '../store/usage';
import { ACCOUNTS } from './arbitraries';
import { oracleUsage, type OracleEvent, type OracleProfile } from './oracle';

/** Usage as the service reads it, of all accounts, by profile and window. */
export async function usageOf(
  mongo: Mongo,
  meter: Meter,
  profileCode: string,
  windows: readonly Period[],
) {
  const { rows } = await readUsage(mongo, {
    organisationId: meter.organisationId,
    meterId: meter.id,
    profileCode,
    accounts: ACCOUNTS.filter(isAccountId),
    windows,
  });
  return rows;
}

/** The same by the oracle. */
export function expectedUsage(
  stored: readonly OracleEvent[],
  organisationId: OrganisationId,
  profile: OracleProfile,
  windows: readonly Period[],
) {
  return ACCOUNTS.flatMap((accountId) =>
    windows.map((period) => ({
      accountId,
      ...period,
      ...oracleUsage(stored, profile, { organisationId, accountId, ...period }),
    })),
  );
}
