import { fromBinary } from '@bufbuild/protobuf';
import { setTimeout as pause } from 'node:timers/promises';
import { AlertPeriod } from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { AlertFiredSchema } from '@billingrails/contracts/billingrails/bus/v1/alert_fired_pb';
import { withBus } from '@billingrails/stack';
import { waitFor } from '@billingrails/testing';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import type { Figure, Measured } from '../figure';
import { liveRate } from '../load/live-rate';
import { allMetered } from '../load/metered';
import { forSeconds, runLoad } from '../load/run-load';
import { progress } from '../progress';
import { percentile, tenths } from '../statistics';

const SUBJECT = 'billing.alert_fired';
const LIMIT_MS = 5_000;
const BETWEEN_PROBES_MS = 100;
/** Accounts of the live traffic that the alert watches beside the probes, other than those that access asks for. */
const LIVE_ACCOUNTS = { from: 200, to: 400 };

/**
 * How long after an event was accepted the alert that it sets off is told on NATS, while events come in as fast as they
 * are counted, also of other accounts that the same alert watches.
 */
export const alerts: Figure = {
  name: 'alerts',
  description: 'accepted to the alert on NATS, at the full rate',
  async measure(bench: Bench): Promise<Measured[]> {
    const { seconds, rounds } = bench.sizes;
    const platform = await bench.platform();
    const probes = await watchAll(platform, (seconds * rounds * 1_000) / BETWEEN_PROBES_MS);
    progress('alerts: the full rate first');
    const { meteredPerSecond: full } = await liveRate(platform, forSeconds(seconds));
    progress(`alerts, at ${Math.round(full)} events a second`);
    const { ingestUrl, key, live: batches } = platform;
    let goesOn = true;
    const load = runLoad({
      ...{ ingestUrl, key, batches, goesOn: () => goesOn, eventsPerSecond: full },
    });
    const startMs = performance.now();
    const waitsMs = await probed(platform, probes, forSeconds(seconds * rounds));
    goesOn = false;
    const events = await load;
    const tookSeconds = (performance.now() - startMs) / 1_000;
    await allMetered(platform.clients, platform.liveMeters[0]?.id ?? '');
    const [p50, p99] = [percentile(waitsMs, 0.5), percentile(waitsMs, 0.99)];
    return [
      {
        ...{ name: 'accepted to alert on NATS, p99', value: tenths(p99), unit: 'ms' },
        ...{ baseline: null, ratio: null, reach: `< ${LIMIT_MS}`, reached: p99 < LIMIT_MS },
        details: {
          p50_ms: tenths(p50),
          slowest_ms: tenths(Math.max(...waitsMs)),
          samples: waitsMs.length,
          events_per_second: Math.round(events / tookSeconds),
        },
      },
    ];
  },
};

/** Lets an alert watch accounts of the live traffic, and as many that are used once; their ids. */
async function watchAll(
  { clients, liveMeters }: BenchPlatform,
  probeCount: number,
): Promise<string[]> {
  const { from, to } = LIVE_ACCOUNTS;
  const live = Array.from({ length: to - from }, (_, n) => `acct_${from + n}`);
  const probes = Array.from({ length: probeCount }, (_, n) => `acct_alert_${n}`);
  for (const accountId of [...live, ...probes])
    await clients.accounts.createAccount({ accountId, name: accountId });
  const meterProfile = { meterId: liveMeters[0]?.id ?? '', profile: 'count' };
  const usage = { meterProfile, period: AlertPeriod.MONTH };
  await clients.alerts.createAlert({
    ...{ name: 'First use', thresholds: [{ value: '1' }] },
    figure: { figure: { case: 'usage', value: usage } },
  });
  return probes;
}

/** Sends one event after the other, each of an account without any, and waits for the alerts; how long each took. */
async function probed(
  { clients, liveMeters, natsUrl }: BenchPlatform,
  accountIds: readonly string[],
  goesOn: () => boolean,
): Promise<number[]> {
  return withBus(natsUrl, async ({ connection }) => {
    const firedMs = new Map<string, number>();
    const fired = connection.subscribe(SUBJECT, {
      callback: (_error, { data }) => {
        const { accountId } = fromBinary(AlertFiredSchema, data);
        if (!firedMs.has(accountId)) firedMs.set(accountId, performance.now());
      },
    });
    const acceptedMs = new Map<string, number>();
    for (const accountId of accountIds) {
      if (!goesOn()) break;
      await clients.events.ingestEvent({
        eventName: liveMeters[0]?.eventName ?? '',
        properties: { billingrails_account_id: accountId, country: 'USA', duration: 1 },
      });
      acceptedMs.set(accountId, performance.now());
      await pause(BETWEEN_PROBES_MS);
    }
    const isTold = () => [...acceptedMs.keys()].every((accountId) => firedMs.has(accountId));
    await waitFor(isTold, { what: 'the alerts of all that was sent' });
    fired.unsubscribe();
    return [...acceptedMs].map(([accountId, ms]) =>
      Math.max(0, (firedMs.get(accountId) ?? 0) - ms),
    );
  });
}
