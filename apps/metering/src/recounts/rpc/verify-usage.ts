import type {
  RepairUsageRequest,
  VerifyUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { principalOf, remainingMs } from '@billingrails/rpc';
import { isDoneWithin, rest } from '@billingrails/waits';
import type { HandlerContext } from '@connectrpc/connect';
import type { Comparison } from '../use-cases/compare-hours';
import { daysToCompare, metersToCompare, type DayScope } from '../use-cases/days-to-compare';
import { compareDay, repairDay, type VerifyContext } from '../use-cases/repair-day';
import { readVerifyRequest, resumeTokenOf } from './verify-messages';
import { Tally } from './verify-tally';

/** Compares buckets with their events. Changes nothing. */
export async function* verifyUsageCall(
  context: VerifyContext,
  request: VerifyUsageRequest,
  call: HandlerContext,
) {
  yield* work(context, request, call, (scope) => compareDay(context, scope));
}

/** Does so, and replaces what differs, day by day, as `recountHours` does. */
export async function* repairUsageCall(
  context: VerifyContext,
  request: RepairUsageRequest,
  call: HandlerContext,
) {
  const steps = work(context, request, call, async (scope) => {
    const compared = await compareDay(context, scope);
    if (compared.differences.length > 0) await repairDay(context, scope);
    return compared;
  });
  for await (const verification of steps) yield { verification };
}

async function* work(
  { mongo, closing }: VerifyContext,
  request: VerifyUsageRequest | RepairUsageRequest,
  call: HandlerContext,
  doDay: (scope: DayScope) => Promise<Comparison>,
) {
  const { organisationId } = principalOf(call);
  const wanted = readVerifyRequest(request);
  const signal = AbortSignal.any([call.signal, closing]);
  const pace = new Pace(wanted.daysPerSecondMax, signal);
  const meters = await metersToCompare(mongo, organisationId, request.meterId);
  const tally = new Tally();
  let position = wanted.after;
  const told = (done: boolean) => ({
    ...tally.told(),
    done,
    resumeToken: done ? '' : resumeTokenOf(request, position),
  });
  for await (const { meter, scope } of daysToCompare(mongo, organisationId, meters, wanted)) {
    const isBegun = position !== wanted.after;
    if (signal.aborted || (isBegun && isEnding(call, tally.longestMs + pace.stepMs))) {
      yield told(false);
      return;
    }
    const startMs = performance.now();
    const doing = doDay(scope);
    while (!(await isDoneWithin(doing, tally.dueInMs()))) yield told(false);
    tally.add(meter, await doing, performance.now() - startMs);
    position = { account: scope.accountId, meter: meter.id, day: scope.day };
    if (tally.dueInMs() === 0) yield told(false);
    await pace.next();
  }
  yield told(true);
}

/** Whether another day, which may take twice `dayMs`, may not be done before the caller stops waiting. */
function isEnding(call: HandlerContext, dayMs: number): boolean {
  return (remainingMs(call) ?? Infinity) < ENDING_MS + 2 * dayMs;
}

/** What is kept for the last message to reach the caller. */
const ENDING_MS = 250;

/** Keeps the work below so many steps a second, so that others are not held up. */
class Pace {
  #steps = 0;
  readonly #startedAtMs = performance.now();

  constructor(
    private readonly perSecondMax: number,
    private readonly signal: AbortSignal,
  ) {}

  /** How long a step is to take at least. */
  get stepMs(): number {
    return 1_000 / this.perSecondMax;
  }

  /** Resolves when the next step may begin, or the signal is aborted. */
  async next(): Promise<void> {
    this.#steps += 1;
    const dueAtMs = this.#startedAtMs + (this.#steps * 1_000) / this.perSecondMax;
    const waitMs = dueAtMs - performance.now();
    if (waitMs > 0) await rest(waitMs, this.signal);
  }
}
