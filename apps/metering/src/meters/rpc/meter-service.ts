import {
  MeterService,
  type GetMeterRequest,
  type ListMetersRequest,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import type { Mongo } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { backfillsOf } from '../../backfills/store/backfills';
import { getMeter, listMeters } from '../store/meters';
import {
  addMeterProfileCall,
  createMeterCall,
  reviseMeterProfileCall,
  updateMeterCall,
  type MeterChangesContext,
} from './meter-changes';
import { toMeterMessage } from './meter-messages';
import { previewMeterCall } from './meter-preview';
import { shownMeter } from './shown-meter';

/** Defines what is counted. */
export function meterService(context: MeterChangesContext): ServiceImpl<typeof MeterService> {
  const { mongo } = context;
  return {
    createMeter: (request, call) => createMeterCall(context, request, call),
    getMeter: (request, call) => getMeterCall(mongo, request, call),
    listMeters: (request, call) => listMetersCall(mongo, request, call),
    updateMeter: (request, call) => updateMeterCall(context, request, call),
    addMeterProfile: (request, call) => addMeterProfileCall(context, request, call),
    previewMeter: (request, call) => previewMeterCall(context, request, call),
    reviseMeterProfile: (request, call) => reviseMeterProfileCall(context, request, call),
  };
}

async function getMeterCall({ db }: Mongo, { meterId }: GetMeterRequest, call: HandlerContext) {
  const { organisationId } = principalOf(call);
  const meter = await getMeter(db, undefined, organisationId, meterId);
  return { meter: await shownMeter(db, undefined, meter) };
}

async function listMetersCall({ db }: Mongo, request: ListMetersRequest, call: HandlerContext) {
  const { organisationId } = principalOf(call);
  const { eventName, includeArchived } = request;
  const { items: meters, nextPageToken } = await pageById(request, ({ afterId: after, limit }) =>
    listMeters(db, { organisationId, eventName, includeArchived, after }, limit),
  );
  const numbers = meters.flatMap(({ profiles }) => profiles.map(({ number }) => number));
  const backfills = await backfillsOf(db, undefined, organisationId, numbers);
  return { meters: meters.map((meter) => toMeterMessage(meter, backfills)), nextPageToken };
}
