import {
  MeterService,
  type AddMeterProfileRequest,
  type AddMeterProfileResponse,
  type CreateMeterRequest,
  type CreateMeterResponse,
  type ReviseMeterProfileRequest,
  type ReviseMeterProfileResponse,
  type UpdateMeterRequest,
  type UpdateMeterResponse,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { assert } from '@billingrails/errors';
import type { IdSource } from '@billingrails/ids';
import { mutate, type Mongo } from '@billingrails/mongo';
import { fromTimestamp, principalOf } from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import { addProfile, changeMeter, profileOf, reviseProfile } from '../domain/meter';
import { readAddedProfile, readMeter, readRevision } from '../domain/meter-draft';
import { getMeter, replaceMeter, type MeteredName } from '../store/meters';
import { addMeter, growMeter } from '../use-cases/change-meter';
import { fromCreateRequest, fromProfileDraft, fromStatus } from './meter-messages';
import { shownMeter } from './shown-meter';

const { method } = MeterService;

/** What changing meters needs. */
export interface MeterChangesContext {
  readonly mongo: Mongo;
  readonly ids: IdSource;
  readonly nowMs: () => number;
  /** Tells ingest what meters say about the events of a name. */
  readonly announceName: (name: MeteredName) => Promise<void>;
  /** Tells that profiles were created, which may have events to catch up on. */
  readonly nudgeBackfills: () => void;
}

/** Creates a meter, has its account mapping told to ingest, and stored events counted. */
export async function createMeterCall(
  { mongo, ids, nowMs, announceName, nudgeBackfills }: MeterChangesContext,
  request: CreateMeterRequest,
  call: HandlerContext,
): Promise<CreateMeterResponse> {
  const { db } = mongo;
  const caller = principalOf(call);
  const { organisationId } = caller;
  const draft = readMeter(fromCreateRequest(request));
  const { eventName } = draft;
  const profileIds = draft.profiles.map(() => ids.next('mpf'));
  const given = { id: ids.next('mtr'), organisationId, profileIds, nowMs: nowMs() };
  const response = await mutate(mongo, {
    caller,
    method: method.createMeter,
    request,
    async run(session) {
      const meter = await addMeter(db, session, draft, given);
      return { meter: await shownMeter(db, session, meter) };
    },
  });
  await announceName({ organisationId, eventName });
  nudgeBackfills();
  return response;
}

/** Changes what does not affect counting. */
export async function updateMeterCall(
  { mongo, nowMs, announceName }: MeterChangesContext,
  request: UpdateMeterRequest,
  call: HandlerContext,
): Promise<UpdateMeterResponse> {
  const { db } = mongo;
  const caller = principalOf(call);
  const { organisationId } = caller;
  const change = {
    name: request.name,
    status: fromStatus(request.status),
    defaultProfile: request.defaultProfile,
  };
  const changedMs = nowMs();
  const response = await mutate(mongo, {
    caller,
    method: method.updateMeter,
    request,
    async run(session) {
      const before = await getMeter(db, session, organisationId, request.meterId);
      const meter = changeMeter(before, change, changedMs);
      await replaceMeter(db, session, meter);
      return { meter: await shownMeter(db, session, meter) };
    },
  });
  await announceName({ organisationId, eventName: response.meter?.eventName ?? '' });
  return response;
}

/** Adds a profile, and has stored events counted by it. */
export async function addMeterProfileCall(
  { mongo, ids, nowMs, announceName, nudgeBackfills }: MeterChangesContext,
  request: AddMeterProfileRequest,
  call: HandlerContext,
): Promise<AddMeterProfileResponse> {
  const { db } = mongo;
  const caller = principalOf(call);
  const { organisationId } = caller;
  const { profile: draft } = request;
  assert(draft !== undefined, 'the contract requires a profile');
  const valid = readAddedProfile(fromProfileDraft(draft));
  const given = { id: ids.next('mpf'), version: 1, createTimeMs: nowMs() };
  const response = await mutate(mongo, {
    caller,
    method: method.addMeterProfile,
    request,
    async run(session) {
      const { meterId } = request;
      const meter = await growMeter(db, session, { organisationId, meterId }, (before, number) => {
        const added = { ...valid, ...given, number };
        return { meter: addProfile(before, added), added };
      });
      return { meter: await shownMeter(db, session, meter) };
    },
  });
  await announceName({ organisationId, eventName: response.meter?.eventName ?? '' });
  nudgeBackfills();
  return response;
}

/** Makes a new version of a profile, and has the stored events of its time counted by it. */
export async function reviseMeterProfileCall(
  { mongo, ids, nowMs, announceName, nudgeBackfills }: MeterChangesContext,
  request: ReviseMeterProfileRequest,
  call: HandlerContext,
): Promise<ReviseMeterProfileResponse> {
  const { db } = mongo;
  const caller = principalOf(call);
  const { organisationId } = caller;
  const { profile: draft, effectiveTime } = request;
  assert(draft !== undefined && effectiveTime !== undefined, 'the contract requires both');
  const effectiveFromMs = fromTimestamp(effectiveTime, 'effective_time');
  const valid = readRevision(fromProfileDraft(draft), effectiveFromMs);
  const given = { id: ids.next('mpf'), createTimeMs: nowMs() };
  const response = await mutate(mongo, {
    caller,
    method: method.reviseMeterProfile,
    request,
    async run(session) {
      const { meterId } = request;
      const meter = await growMeter(db, session, { organisationId, meterId }, (before, number) => {
        const revised = reviseProfile(before, { ...valid, ...given, number });
        return { meter: revised, added: profileOf(revised, valid.code) };
      });
      return { meter: await shownMeter(db, session, meter) };
    },
  });
  await announceName({ organisationId, eventName: response.meter?.eventName ?? '' });
  nudgeBackfills();
  return response;
}
