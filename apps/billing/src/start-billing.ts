import { publishOutbox, type Bus } from '@billingrails/bus';
import { createIdSource } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import {
  ensureIndexes,
  mongoDomainError,
  showBefore,
  startOutboxRelay,
  type Mongo,
} from '@billingrails/mongo';
import { startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { tellRefusals } from '@billingrails/service';
import { lookAtAlerts } from './alerts/jobs/look-at-alerts';
import { hearCounted } from './alerts/use-cases/hear-counted';
import { deleteAccounts } from './accounts/jobs/delete-accounts';
import { sweepUnbilled } from './accounts/jobs/sweep-unbilled';
import { withCredits } from './credits/use-cases/credit-metering';
import { postCredits } from './credits/jobs/post-credits';
import { sweepBills } from './late/jobs/sweep-bills';
import { followUsageChanges } from './late/consumer/usage-changes';
import { createMetrics } from './metrics';
import { startClosing } from './schedule/jobs/start-closing';
import { leanCheckAccess } from './entitlements/rpc/lean-access';
import { KnownAccounts } from './entitlements/use-cases/known-accounts';
import type { EventAccounts } from './usage/event-accounts';
import type { Metering } from './usage/metering';
import { hearWatched } from './looks/use-cases/hear-watched';
import { lookAtRules } from './top-ups/jobs/look-at-rules';
import { followSettledInvoices } from './top-ups/consumer/settled-invoices';
import { wakeCounted } from './top-ups/use-cases/wake-counted';
import { followCounted } from './usage/counted-events';
import { objectReaders } from './rpc/object-readers';
import { routes, SERVICES } from './rpc/routes';
import { INDEXES, openStores } from './store/stores';

/** What billing rests on, connected, and how it is set. Streams BILLING, CHANGES, METERING and USAGE must be there. */
export interface BillingOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly metering: Metering;
  readonly eventAccounts: EventAccounts;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly logger: Logger;
  /** The real time. */
  readonly nowMs: () => number;
  /** Numbers in [0, 1), for ids. */
  readonly random: () => number;
  readonly closing: {
    readonly settleMs: number;
    /** How long usage may still arrive after its cycle has ended, by the organisation's clock. */
    readonly graceMs: number;
    /** How many closed cycles can be adjusted. */
    readonly adjustCycles: number;
    readonly concurrency: number;
    /** The most subscriptions of a batch. */
    readonly batchMax: number;
    readonly pollMs: number;
    readonly claimMs: number;
    /** How often a bill is tried before others of its invoice go on without it. */
    readonly joinTries: number;
  };
  /** How long to rest between two looks at who is not billed, for the metrics. */
  readonly unbilledSweepMs: number;
  /** How long to rest between two times of posting the credits of days that are over. */
  readonly creditPostMs: number;
  /** How long a top-up rule rests after it was looked at. */
  readonly topUpLookMs: number;
  /** How long to rest between two times of rating all closed cycles anew. */
  readonly billSweepMs: number;
  /** How long an alert rests after all its accounts were looked at. */
  readonly alertLookMs: number;
}

/** A billing process. */
export interface Billing {
  readonly port: number;
  /** Stops taking calls and closing periods, finishes what is under way. The connections stay open. */
  close(): Promise<void>;
}

/** Wires billing on its connections, and serves. */
export async function startBilling(options: BillingOptions): Promise<Billing> {
  const { mongo, bus, eventAccounts, logger, nowMs, random } = options;
  const { closing: settings } = options;
  await ensureIndexes(mongo.db, INDEXES);
  const stores = openStores(mongo.db, nowMs, settings);
  const metering = withCredits(options.metering, { ...stores, mongo });

  // Out: what was committed with a closed period goes to stream BILLING, what has changed to stream CHANGES,
  // what requests did to stream AUDIT.
  const relay = startOutboxRelay(mongo, (messages) => publishOutbox(bus, messages), { logger });

  // In: where usage of the past has changed is marked, for a bill to look at.
  let nudge = (): void => undefined;
  const marking = { ...stores, ...settings, mongo, nudge: (): void => nudge() };
  const changes = await followUsageChanges(bus, marking, logger);
  const { heard } = changes;

  // By the clock: periods that ended are closed.
  const onClosed = (): void => relay.nudge();
  const closing = startClosing({
    ...stores,
    ...settings,
    mongo,
    metering,
    heard,
    nowMs,
    logger,
    onClosed,
  });
  nudge = closing.nudge;

  // For the metrics: who is not billed.
  const unbilled = sweepUnbilled({
    ...stores,
    eventAccounts,
    intervalMs: options.unbilledSweepMs,
    logger,
  });

  // To be sure: what was billed is what is owed.
  const sweep = sweepBills({
    ...stores,
    ...marking,
    ...{ metering, heard, nowMs, logger, intervalMs: options.billSweepMs },
  });

  // By the clock: what credits were burned on days that are over is posted.
  const { creditPostMs } = options;
  const credits = postCredits({ ...stores, mongo, metering, logger, intervalMs: creditPostMs });

  // What is left of test accounts that were deleted.
  const deletions = deleteAccounts({ ...stores, mongo, logger });

  // In: whose events were just counted, and by the clock: alerts fire, too few credits are topped up, usage that has
  // reached a threshold is billed.
  const ids = createIdSource(nowMs, random);
  let nudgeAlerts = (): void => undefined;
  let nudgeTopUps = (): void => undefined;
  const parts = {
    ...stores,
    ...settings,
    ...{ mongo, ids, metering, heard, eventAccounts, nudge },
    knownAccounts: new KnownAccounts(stores),
    nudgeCredits(): void {
      credits.nudge();
      nudgeTopUps();
    },
    nudgeAlerts: (): void => nudgeAlerts(),
    nudgeDeletions(): void {
      deletions.nudge();
      relay.nudge();
    },
  };
  showBefore(mongo, SERVICES, objectReaders(parts));
  const watching = { ...parts, onFired: () => relay.nudge(), logger };
  const looking = lookAtAlerts({ ...watching, nowMs, intervalMs: options.alertLookMs });
  nudgeAlerts = looking.nudge;
  const stopping = new AbortController();
  const counted = await followCounted({
    ...{ bus, durable: 'alerts', logger },
    hear: (events) => hearCounted(watching, events, stopping.signal),
  });
  const topUps = lookAtRules({ ...parts, intervalMs: options.topUpLookMs, nowMs, logger });
  nudgeTopUps = topUps.nudge;
  const countedForTopUps = await followCounted({
    ...{ bus, durable: 'top-ups', logger },
    hear: (events) => wakeCounted({ ...parts, nudge: topUps.nudge }, events),
  });
  // In: invoices that are paid, for what waits for it is granted then.
  const settledInvoices = await followSettledInvoices(bus, {
    ...{ ...parts, logger },
    onSettled(): void {
      parts.nudgeCredits();
      relay.nudge();
    },
  });

  const countedForBills = await followCounted({
    ...{ bus, durable: 'looks', logger },
    hear: (events) => hearWatched(parts, events, stopping.signal),
  });

  // In: the services of the contract.
  const server = await startRpcServer({
    name: 'billing',
    host: options.host,
    port: options.port,
    ...(options.origins && { origins: options.origins }),
    services: SERVICES,
    routes: routes(parts),
    lean: [leanCheckAccess(parts)],
    authenticate: options.authenticate,
    onRefused: tellRefusals(bus, logger, nowMs),
    logger,
    toDomainError: mongoDomainError,
    metrics: createMetrics({
      ...stores,
      unbilled,
      sweep,
      mongo,
      nowMs,
      settleMs: settings.settleMs,
    }),
  });

  return {
    port: server.port,
    async close() {
      await Promise.all([
        server.close(),
        closing.stop(),
        unbilled.stop(),
        sweep.stop(),
        credits.close(),
        looking.close(),
        topUps.close(),
        deletions.close(),
      ]);
      stopping.abort();
      await Promise.all([
        counted.close(),
        countedForTopUps.close(),
        settledInvoices.close(),
        countedForBills.close(),
      ]);
      await changes.close();
      await relay.close();
    },
  };
}
