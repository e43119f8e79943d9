import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { CorrectionBook, EventBook, History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily, until } from '@billingrails/stack/until';
import { define } from './define';
import { correctPrices } from './correct-prices';
import { say, type Ids } from './say';

const BATCH = 100;

/** What is done beside: at the beginning of each step, while the clock moves. */
export interface Beside {
  step(step: number, ofSteps: number): Promise<void>;
}

/** Plays a history through the platform, step by step as `History` says; the subscriptions' ids by their names. */
export async function play(
  clients: Clients,
  history: History,
  beside: Beside,
): Promise<Map<string, string>> {
  const ids: Ids = { ...(await define(clients, history)), subscriptions: new Map() };
  for (const [step, nowMs] of history.stepsMs.entries()) {
    const done = beside.step(step, history.stepsMs.length);
    // The caller that waits for it hears of its failure.
    done.catch(() => undefined);
    await steadily(() =>
      clients.testClock.advanceTestClock({
        currentTime: timestampFromMs(nowMs),
        requestId: `step-${step}`,
      }),
    );
    await billed(clients);
    for (const book of history.subscriptions)
      for (const fact of book.facts) if (fact.step === step) await say(clients, ids, book, fact);
    await billed(clients);
    await correctPrices(clients, ids, history, step);
    await sendUsage(clients, history, step);
    await done;
  }
  return ids.subscriptions;
}

/** All that is due by the clock is billed. */
async function billed(clients: Clients): Promise<void> {
  await until('all that is due is billed', async () => {
    const { testClock } = await clients.testClock.getTestClock({});
    return testClock?.status === TestClockStatus.READY ? true : undefined;
  });
}

async function sendUsage(
  clients: Clients,
  { events, corrections }: History,
  step: number,
): Promise<void> {
  const own = events.filter((event) => event.step === step);
  for (let from = 0; from < own.length; from += BATCH) {
    const batch = own.slice(from, from + BATCH).map(toEvent);
    await steadily(() => clients.events.ingestEvents({ events: batch }));
  }
  for (const correction of corrections.filter((each) => each.step === step))
    await steadily(() => correct(clients, correction));
}

async function correct(clients: Clients, { account, key, to }: CorrectionBook): Promise<void> {
  const request = { accountId: account, requestId: `correction-${key}` };
  if (to === undefined) await clients.events.voidEvents({ ...request, idempotencyKeys: [key] });
  else await clients.events.amendEvent({ ...request, event: toEvent({ account, key, ...to }) });
}

function toEvent({ account, event, key, atMs, properties }: Omit<EventBook, 'step'>) {
  return {
    eventName: event,
    idempotencyKey: key,
    timestamp: timestampFromMs(atMs),
    properties: { billingrails_account_id: account, ...properties },
  };
}
