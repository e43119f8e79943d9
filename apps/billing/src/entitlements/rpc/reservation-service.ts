import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ReservationState as StateMessage,
  type ReservationSchema,
} from '@billingrails/contracts/billingrails/billing/v1/reservation_pb';
import {
  CreateReservationResponseSchema,
  ReleaseReservationResponseSchema,
  ReservationService,
  SettleReservationResponseSchema,
} from '@billingrails/contracts/billingrails/billing/v1/reservation_service_pb';
import { assert, notFound, precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId, ReservationId } from '@billingrails/ids';
import { plainDecimal, decimalText } from '@billingrails/money';
import { requestKeyOf } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { stateOf, type Reservation, type ReservationState } from '../domain/reservation';
import type { HoldsKey } from '../store/holds';
import { changeHolds, type HoldCommand, type HoldOutcome } from '../use-cases/change-holds';
import { Gatherer } from '../../usage/gatherer';
import { accessToProto } from './access-messages';

const LIFETIME_MS = 60_000;
/** Of one feature of an account in one transaction. */
const COMMANDS_MAX = 100;

/** Keeps quantities of features for accounts while they are being used. */
export function reservationService(parts: ServiceParts): ServiceImpl<typeof ReservationService> {
  const gatherer = new Gatherer<{ key: HoldsKey; command: HoldCommand }, Uint8Array>({
    sizeMax: COMMANDS_MAX,
    fits: ({ command }, before) => before.every(({ command: other }) => goTogether(command, other)),
    run: ([first, ...others]) => {
      assert(first !== undefined, 'something is done');
      const commands = [first, ...others].map(({ command }) => command);
      return changeHolds(parts, first.key, commands);
    },
  });
  const change = (key: HoldsKey, command: HoldCommand): Promise<Uint8Array> =>
    gatherer.do(Object.values(key).join('/'), { key, command });
  /** Settles or releases it. */
  const end = async (
    organisationId: OrganisationId,
    reservationId: string,
    commandOf: (id: ReservationId) => HoldCommand,
  ): Promise<Uint8Array> => {
    const found = await parts.reservations.find(organisationId, reservationId);
    if (found === undefined) throw missing();
    const { id, accountId, featureId } = found;
    return change({ organisationId, accountId, featureId }, commandOf(id));
  };

  return {
    async createReservation(request, context) {
      const { organisationId } = principalOf(context);
      const { accountId, featureCode, quantity, lifetimeMs, consistencyToken } = request;
      const [[feature], account] = await Promise.all([
        parts.knownAccounts.features(organisationId, [featureCode]),
        parts.accounts.find(organisationId, accountId),
      ]);
      if (account === undefined)
        throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
      assert(feature !== undefined, 'a feature that is missing was refused');
      if (feature.kind !== 'metered')
        throw precondition('FEATURE_NOT_METERED', 'The feature is not metered.', [
          { field: 'feature_code', description: 'must be the code of a metered feature' },
        ]);
      const method = ReservationService.method.createReservation;
      const command: HoldCommand = {
        ...{ kind: 'reserve', feature, quantity: plainDecimal(quantity), consistencyToken },
        lifetimeMs: lifetimeMs || LIFETIME_MS,
        request: requestKeyOf({ organisationId, method, request }),
        answer: ({ reservation, access, nowMs }) =>
          toBinary(
            method.output,
            create(method.output, {
              ...(reservation === undefined ? {} : { reservation: toProto(reservation, nowMs) }),
              ...(access === undefined ? {} : { access: accessToProto(featureCode, access) }),
            }),
          ),
      };
      const key = { organisationId, accountId: account.id, featureId: feature.id };
      return fromBinary(CreateReservationResponseSchema, await change(key, command));
    },

    async settleReservation(request, context) {
      const { organisationId } = principalOf(context);
      const { idempotencyKey: eventKey, quantity, eventTime } = request;
      const draft = {
        key: eventKey,
        ...(quantity === '' ? {} : { quantity: plainDecimal(quantity) }),
        ...(eventTime === undefined ? {} : { eventMs: fromTimestamp(eventTime, 'event_time') }),
      };
      const method = ReservationService.method.settleReservation;
      const answer = await end(organisationId, request.reservationId, (id) => ({
        ...{ kind: 'settle', id, draft },
        request: requestKeyOf({ organisationId, method, request }),
        answer: (outcome) => toBinary(method.output, create(method.output, ended(outcome))),
      }));
      return fromBinary(SettleReservationResponseSchema, answer);
    },

    async releaseReservation(request, context) {
      const { organisationId } = principalOf(context);
      const method = ReservationService.method.releaseReservation;
      const answer = await end(organisationId, request.reservationId, (id) => ({
        ...{ kind: 'release', id },
        request: requestKeyOf({ organisationId, method, request }),
        answer: (outcome) => toBinary(method.output, create(method.output, ended(outcome))),
      }));
      return fromBinary(ReleaseReservationResponseSchema, answer);
    },

    async getReservation({ reservationId }, context) {
      const { organisationId } = principalOf(context);
      const reservation = await parts.reservations.find(organisationId, reservationId);
      if (reservation === undefined) throw missing();
      const { nowMs } = await parts.clocks.presentOf(organisationId, reservation.accountId);
      return { reservation: toProto(reservation, nowMs) };
    },

    async listReservations(request, context) {
      const { organisationId } = principalOf(context);
      const filter = { accountId: request.accountId as AccountId };
      const { nowMs } = await parts.clocks.presentOf(organisationId, filter.accountId);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        parts.reservations.list(organisationId, slice, filter),
      );
      return { reservations: items.map((item) => toProto(item, nowMs)), nextPageToken };
    },
  };
}

/** One question to metering has one token, and one transaction a request only once. */
function goTogether(one: HoldCommand, other: HoldCommand): boolean {
  const isRepeated =
    one.request.requestId !== '' &&
    one.request.requestId === other.request.requestId &&
    one.request.method === other.request.method;
  return !isRepeated && tokenOf(one) === tokenOf(other);
}

function tokenOf(command: HoldCommand): string {
  return command.kind === 'reserve' ? command.consistencyToken : '';
}

function ended({ reservation, nowMs }: HoldOutcome) {
  assert(reservation !== undefined, 'what was ended is there');
  return { reservation: toProto(reservation, nowMs) };
}

function missing(): Error {
  return notFound('RESERVATION_NOT_FOUND', 'There is no reservation of that id.');
}

const STATES: Record<ReservationState, StateMessage> = {
  open: StateMessage.OPEN,
  settled: StateMessage.SETTLED,
  released: StateMessage.RELEASED,
  expired: StateMessage.EXPIRED,
};

function toProto(
  reservation: Reservation,
  nowMs: number,
): MessageInitShape<typeof ReservationSchema> {
  const { id, accountId, featureCode, quantity, createMs, expireMs, end } = reservation;
  return {
    ...{ id, accountId, featureCode, quantity: decimalText(quantity) },
    state: STATES[stateOf(reservation, nowMs)],
    ...{ createTime: toTimestamp(createMs), expireTime: toTimestamp(expireMs) },
    ...(end?.kind === 'settled'
      ? {
          settledQuantity: decimalText(end.quantity),
          idempotencyKey: end.key,
          eventTime: toTimestamp(end.eventMs),
        }
      : {}),
  };
}
