import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { CheckAccessResponse } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { Clients } from '@billingrails/stack/clients';
import Table from 'cli-table3';
import type { Scenario } from './scenario/scenario';

/** What an account was told when it wanted more. */
export interface LimitFigure {
  readonly account: string;
  readonly asked: string;
  readonly allowed: boolean;
  readonly used: string;
  readonly limit: string;
  readonly explanation: string;
}

/**
 * Grants each account of the scenario's limits what it may use in the month, and asks to reserve what is left and then
 * one more, which a hard limit refuses.
 */
export async function reachLimits(
  { features, entitlements, reservations }: Clients,
  { name, month, limits }: Scenario,
  meters: readonly Meter[],
): Promise<LimitFigure[]> {
  if (limits === undefined) return [];
  const { feature: featureCode, meter, profile, byAccount } = limits;
  const { feature } = await features.createFeature({
    ...{ code: featureCode, name: meter, requestId: `${name}-feature-${featureCode}` },
    meterProfile: { meterId: meters.find((each) => each.name === meter)?.id ?? '', profile },
  });
  const figures: LimitFigure[] = [];
  for (const [accountId, limit] of Object.entries(byAccount)) {
    await entitlements.createEntitlement({
      ...{ featureId: feature?.id ?? '', limit, requestId: `${name}-limit-${accountId}` },
      grantee: { case: 'accountId', value: accountId },
      startTime: timestampFromMs(month.startMs),
    });
    const { remaining } = await entitlements.checkAccess({ accountId, featureCode });
    const made: string[] = [];
    for (const quantity of remaining === '0' ? ['1'] : [remaining, '1']) {
      const asked = { accountId, featureCode, quantity };
      const { access, reservation } = await reservations.createReservation(asked);
      if (access !== undefined) figures.push(figureOf(accountId, quantity, access));
      if (reservation !== undefined) made.push(reservation.id);
    }
    // Nobody uses it after all, so that a stack that is kept tells the same again.
    for (const reservationId of made) await reservations.releaseReservation({ reservationId });
  }
  return figures;
}

function figureOf(account: string, asked: string, access: CheckAccessResponse): LimitFigure {
  const { allowed, used, limit, explanation } = access;
  return { account, asked, allowed, used, limit, explanation };
}

/** The table for people. */
export function printLimits(figures: readonly LimitFigure[]): void {
  if (figures.length === 0) return;
  const table = new Table({
    head: ['Account', 'Wants', 'May it', 'Why'],
    colAligns: ['left', 'right', 'left', 'left'],
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const { account, asked, allowed, explanation } of figures)
    table.push([account, asked, allowed ? 'yes' : 'no', explanation]);
  console.log(`\nA hard limit is reached (ReservationService.CreateReservation)\n${table}`);
}
