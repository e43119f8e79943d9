import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  AccessReason,
  type CheckAccessResponse,
} from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import {
  ReservationState,
  type Reservation,
} from '@billingrails/contracts/billingrails/billing/v1/reservation_pb';
import type { AccessBook, History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';
import type { YearDifference } from '../compare';
import { profileOf } from '../define/meters';

/** Asks for access, reserves, settles and releases, one after the other, and keeps what is answered. */
export class Accesses {
  readonly #answers: string[] = [];
  /** The ids of reservations by their names. */
  readonly #reserved = new Map<string, string>();

  constructor(
    readonly clients: Clients,
    readonly history: History,
    readonly meters: ReadonlyMap<string, string>,
  ) {}

  /** All of a step, before its usage is sent or after. */
  async ask(step: number, after: boolean): Promise<void> {
    const all = (this.history.accesses ?? []).entries();
    const counted = new Set<string>();
    for (const [place, access] of all) {
      if (access.step !== step || access.after !== after) continue;
      if (!counted.has(access.account)) await this.#count(access);
      counted.add(access.account);
      this.#answers[place] = await this.#answer(access);
    }
  }

  /** What was answered otherwise than it must be, and how often it was asked. */
  compare(expected: readonly string[]): {
    readonly count: number;
    readonly differences: readonly YearDifference[];
  } {
    const accesses = this.history.accesses ?? [];
    const differences = accesses.flatMap((access, place): YearDifference[] => {
      const [want = '', has = ''] = [expected[place], this.#answers[place]];
      if (want === has) return [];
      const of = `${access.kind} of ${access.account} in step ${access.step}, asked as ${place}`;
      return [{ subscription: of, bill: -1, expected: want, invoiced: has }];
    });
    return { count: accesses.length, differences };
  }

  /** All that was sent is counted. */
  async #count({ account, feature, step }: AccessBook): Promise<void> {
    const usage = this.history.features?.find(({ code }) => code === feature)?.usage;
    const nowMs = this.history.stepsMs[step] ?? 0;
    if (usage === undefined) throw new Error(`There is no feature ${feature}.`);
    const request = {
      ...{ meterId: this.meters.get(usage.event) ?? '', profile: profileOf(usage) },
      ...{ startTime: timestampFromMs(nowMs - 1), endTime: timestampFromMs(nowMs) },
      ...{ accountIds: [account], waitForAcknowledged: true },
    };
    await steadily(() => this.clients.usage.queryUsage(request));
  }

  async #answer(access: AccessBook): Promise<string> {
    const { entitlements, reservations } = this.clients;
    const asked = { accountId: access.account, featureCode: access.feature };
    switch (access.kind) {
      case 'check': {
        const request = { ...asked, quantity: access.quantity ?? '' };
        return answerText(await steadily(() => entitlements.checkAccess(request)));
      }
      case 'reserve': {
        const { name: requestId, quantity, lifetimeMs } = access;
        const request = { ...asked, quantity, lifetimeMs, requestId };
        const made = await steadily(() => reservations.createReservation(request));
        if (made.reservation === undefined) return `refused: ${answerText(made.access)}`;
        this.#reserved.set(requestId, made.reservation.id);
        return `reserved: ${figuresText(made.access)}`;
      }
      case 'settle': {
        const reservationId = this.#reserved.get(access.name);
        if (reservationId === undefined) return 'nothing was reserved';
        const { key: idempotencyKey, quantity, atMs } = access;
        const of = { quantity, eventTime: timestampFromMs(atMs), requestId: `${access.name} end` };
        const request = { reservationId, idempotencyKey, ...of };
        const { reservation } = await steadily(() => reservations.settleReservation(request));
        return `${stateOf(reservation)} ${reservation?.settledQuantity ?? ''}`;
      }
      case 'release': {
        const reservationId = this.#reserved.get(access.name);
        if (reservationId === undefined) return 'nothing was reserved';
        const request = { reservationId, requestId: `${access.name} end` };
        const { reservation } = await steadily(() => reservations.releaseReservation(request));
        return stateOf(reservation);
      }
    }
  }
}

function stateOf(reservation: Reservation | undefined): string {
  return ReservationState[reservation?.state ?? ReservationState.UNSPECIFIED];
}

function answerText(access: CheckAccessResponse | undefined): string {
  const { allowed = false, reason = AccessReason.UNSPECIFIED } = access ?? {};
  return `${allowed ? 'allowed' : 'denied'}, ${AccessReason[reason]}: ${figuresText(access)}`;
}

function figuresText(access: CheckAccessResponse | undefined): string {
  if (access === undefined) return 'nothing';
  const { used, limit, reserved, rolledOver, remaining, resetTime } = access;
  return [
    `${used} used of ${limit}`,
    `${reserved} reserved, ${rolledOver === '' ? '0' : rolledOver} rolled over`,
    `${remaining} remaining until ${resetTime === undefined ? '' : timestampMs(resetTime)}`,
  ].join(', ');
}
