import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  TestClockStatus,
  type TestClockSchema,
} from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { assert, notFound, precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox, mutate } from '@billingrails/mongo';
import { fromTimestamp, principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ClientSession } from 'mongodb';
import { testClockMoved } from '../contract/test-clock-moved';
import { checkTestClockAdvance, checkTestClockTime } from '../domain/test-clock';
import { clockName, type TestClock } from '../store/clocks';
import type { ServiceParts } from '../../service-parts';

/** Lets an organisation try a year of billing in seconds. */
export function testClockService(parts: ServiceParts): ServiceImpl<typeof TestClockService> {
  const { mongo, clocks, due, alerts, topUpRules, nudge, nudgeCredits, nudgeAlerts } = parts;
  return {
    createTestClock: (request, context) =>
      mutate(mongo, {
        method: TestClockService.method.createTestClock,
        request,
        caller: principalOf(context),
        prepare() {
          const timeMs = requiredMs(request.currentTime);
          checkTestClockTime(timeMs);
          return timeMs;
        },
        async run(session, organisationId, currentMs) {
          if (!(await clocks.createTestClock({ organisationId }, currentMs, session))) {
            throw precondition(
              'CLOCK_DECIDED',
              'The organisation has a test clock, or subscriptions by the real time.',
            );
          }
          await addToOutbox(mongo.db, session, testClockMoved(organisationId, currentMs));
          return { testClock: testClockToProto({ currentMs }, false) };
        },
      }),

    async getTestClock(request, context) {
      const { organisationId } = principalOf(context);
      const clock = await clocks.findTestClock(organisationId, accountOf(request));
      if (clock === undefined) throw missing();
      return { testClock: testClockToProto(clock, await isAdvancing(due, clock)) };
    },

    async advanceTestClock(request, context) {
      await hearFirst(parts, principalOf(context).organisationId, context.signal);
      const answer = await mutate(mongo, {
        method: TestClockService.method.advanceTestClock,
        request,
        caller: principalOf(context),
        prepare: () => requiredMs(request.currentTime),
        async run(session, organisationId, toMs) {
          const clock = await clocks.findTestClock(organisationId, accountOf(request), session);
          if (clock === undefined) throw missing();
          checkTestClockAdvance(clock.currentMs, toMs);
          await clocks.setTestClock(clock, toMs, session);
          // What was used by then may have reached a threshold.
          await due.lookAtAll(organisationId, clockName(clock), toMs, session);
          if (toMs > clock.currentMs && clock.accountId === undefined)
            await addToOutbox(mongo.db, session, testClockMoved(organisationId, toMs));
          const moved = { ...clock, currentMs: toMs };
          return { testClock: testClockToProto(moved, await isAdvancing(due, moved, session)) };
        },
      });
      nudge();
      await topUpRules.wake(principalOf(context).organisationId, undefined);
      nudgeCredits();
      await alerts.lookAtAll(principalOf(context).organisationId);
      nudgeAlerts();
      return answer;
    },
  };
}

/**
 * What was sent before the clock moves is known before it moves: changed usage of a subscription that has ended, or
 * that has such bills of its own, is billed by itself, some time after it became known.
 */
async function hearFirst(
  { metering, heard, subscriptions, billingSettings }: ServiceParts,
  organisationId: OrganisationId,
  signal: AbortSignal,
): Promise<void> {
  const isNeeded =
    (await subscriptions.haveEnd(organisationId)) ||
    (await billingSettings.haveOwnBills(organisationId));
  if (!isNeeded) return;
  await metering.tellChanges(organisationId, [], signal);
  await heard(signal);
}

const missing = () =>
  notFound(
    'TEST_CLOCK_NOT_FOUND',
    'There is no test clock of the organisation, or of the account.',
  );

/** Whether what has become due by the clock is still being done. */
export function isAdvancing(
  due: ServiceParts['due'],
  clock: TestClock,
  session?: ClientSession,
): Promise<boolean> {
  const { organisationId, currentMs: presentMs } = clock;
  return due.hasDue(organisationId, { clock: clockName(clock), presentMs }, session);
}

/** Undefined: the organisation's. */
export function accountOf({ accountId }: { readonly accountId: string }): AccountId | undefined {
  return accountId === '' ? undefined : (accountId as AccountId);
}

function requiredMs(time: Timestamp | undefined): number {
  assert(time !== undefined, 'the contract requires a time');
  return fromTimestamp(time, 'current_time');
}

/** A test clock as it is answered. */
export function testClockToProto(
  { currentMs, accountId }: Omit<TestClock, 'organisationId' | 'version'>,
  advancing: boolean,
): MessageInitShape<typeof TestClockSchema> {
  return {
    accountId: accountId ?? '',
    currentTime: toTimestamp(currentMs),
    status: advancing ? TestClockStatus.ADVANCING : TestClockStatus.READY,
  };
}
