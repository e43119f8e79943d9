import type { Meter as MeterMessage } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import type { ClientSession, Db } from 'mongodb';
import { backfillsOf } from '../../backfills/store/backfills';
import type { Meter } from '../domain/meter';
import { toMeterMessage } from './meter-messages';

/** A meter as callers see it, with how far the backfills of its profiles are. */
export async function shownMeter(
  db: Db,
  session: ClientSession | undefined,
  meter: Meter,
): Promise<MeterMessage> {
  const numbers = meter.profiles.map(({ number }) => number);
  return toMeterMessage(meter, await backfillsOf(db, session, meter.organisationId, numbers));
}
