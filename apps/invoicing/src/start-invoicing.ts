import { consumeAccountDeleted, publishOutbox, type Bus } from '@billingrails/bus';
import { CollectionService } from '@billingrails/contracts/billingrails/invoicing/v1/collection_service_pb';
import { CreditNoteService } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { ExportService } from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import type { Logger } from '@billingrails/log';
import { InvoicingSettingsService } from '@billingrails/contracts/billingrails/invoicing/v1/invoicing_settings_service_pb';
import { CouponService } from '@billingrails/contracts/billingrails/invoicing/v1/coupon_service_pb';
import { PaymentService } from '@billingrails/contracts/billingrails/invoicing/v1/payment_service_pb';
import { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { TaxService } from '@billingrails/contracts/billingrails/invoicing/v1/tax_service_pb';
import { createIdSource } from '@billingrails/ids';
import {
  ensureIndexes,
  mongoDomainError,
  showBefore,
  startOutboxRelay,
  type Mongo,
} from '@billingrails/mongo';
import { startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { tellRefusals } from '@billingrails/service';
import { startCollecting } from './collecting/jobs/collect';
import { collectionService } from './collecting/rpc/collection-service';
import { stripeWebhook } from './collecting/rpc/stripe-webhook';
import type { Sealing } from '@billingrails/service';
import { stripeProviders, type StripeOptions } from './collecting/stripe/stripe-provider';
import { followTestClocks } from './clocks/consumer/test-clock-moved';
import { createMetrics } from './metrics';
import type { Prepaid } from './credits/prepaid';
import type { UsageSource } from './explanations/usage-source';
import { exportService } from './exports/rpc/export-service';
import { consumeBillPart } from './intake/consumer/bill-part';
import { retryQuarantine } from './intake/use-cases/retry-quarantine';
import { adoptOldNumbers } from './numbering/store/invoice-numbers';
import { startFinalizingHeld } from './invoices/jobs/finalize-held';
import type { AccountSource } from './invoices/account-source';
import { invoiceService } from './invoices/rpc/invoice-service';
import { creditNoteService } from './credit-notes/rpc/credit-note-service';
import { paymentService } from './payments/rpc/payment-service';
import { startTellingOverdue } from './receivables/jobs/tell-overdue';
import { receivableService } from './receivables/rpc/receivable-service';
import { invoicingSettingsService } from './settings/rpc/invoicing-settings-service';
import { couponService } from './coupons/rpc/coupon-service';
import type { TaxCalculator } from './taxes/domain/tax-calculator';
import { taxService } from './taxes/rpc/tax-service';
import { objectReaders } from './rpc/object-readers';
import { INDEXES, openStores } from './store/stores';

/** What invoicing serves. */
export const SERVICES = [
  InvoiceService,
  InvoicingSettingsService,
  PaymentService,
  CollectionService,
  CreditNoteService,
  ReceivableService,
  TaxService,
  CouponService,
  ExportService,
];

/** What invoicing rests on, connected, and how it is set. */
export interface InvoicingOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  readonly mongo: Mongo;
  /** With streams BILLING and CHANGES. */
  readonly bus: Bus;
  readonly prepaid: Prepaid;
  /** Metering, as far as lines are explained by it. */
  readonly usageSource: UsageSource;
  /** Billing, as far as it knows whom an invoice is written to. */
  readonly accounts: AccountSource;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly logger: Logger;
  /** The server's clock: when invoices are finalized. */
  readonly nowMs: () => number;
  /** Numbers in [0, 1), for ids. */
  readonly random: () => number;
  /** The service that organisations may have their taxes from. Unset: there is none. */
  readonly taxCalculator?: TaxCalculator;
  /** Where Stripe takes payments, and how long it may take to answer. */
  readonly stripe: Pick<StripeOptions, 'url' | 'timeoutMs'>;
  /** Seals organisations' keys of Stripe. Unset: none are kept, so nothing is collected. */
  readonly sealing?: Sealing;
}

/** How long to rest between two looks at drafts whose grace is over, and at what has become overdue. */
const LOOK_INTERVAL_MS = 5_000;
/** How long to rest between two looks at payments that are due or not known of yet. */
const COLLECT_INTERVAL_MS = 1_000;

/** An invoicing process. */
export interface Invoicing {
  /** host:port */
  readonly address: string;
  /** Stops taking calls and messages, finishes what is under way. The connections stay open. */
  close(): Promise<void>;
}

/** Wires invoicing on its connections, and serves. */
export async function startInvoicing(options: InvoicingOptions): Promise<Invoicing> {
  const { host, port, mongo, bus, prepaid, authenticate, logger, nowMs, random } = options;
  const { taxCalculator } = options;
  await ensureIndexes(mongo.db, INDEXES);
  await adoptOldNumbers(mongo.db);
  const stores = openStores(mongo, nowMs, prepaid);
  showBefore(mongo, SERVICES, objectReaders(stores));

  // Out: what was committed with a change goes to streams CHANGES and AUDIT.
  const relay = startOutboxRelay(mongo, (messages) => publishOutbox(bus, messages), { logger });

  // In: closed periods become numbered invoices; first those that an earlier version could not handle.
  const calculator = taxCalculator && { taxCalculator };
  const parts = { stores: { ...stores, ...calculator }, logger, nowMs };
  await retryQuarantine(parts);
  const consumption = await consumeBillPart(bus, parts);
  // First nothing is invoiced to a deleted account any more, so that nothing comes after.
  const deletions = await consumeAccountDeleted(bus, {
    durable: 'invoicing-account-deleted',
    logger,
    deleteAccount: (...account) => stores.testAccounts.delete(...account),
  });

  // By the clock: drafts whose grace is over are finalized, and what has become overdue is told.
  const looking = { stores, nowMs, logger, intervalMs: LOOK_INTERVAL_MS };
  const held = startFinalizingHeld(looking);
  const overdue = startTellingOverdue(looking);
  // Out: money that is due is taken, and what became of it is asked.
  const { registry, onCall } = createMetrics(stores);
  const collecting = {
    ...{ stores, nowMs, logger, openProvider: stripeProviders({ ...options.stripe, onCall }) },
    ...(options.sealing && { sealing: options.sealing }),
  };
  const collect = startCollecting({ ...collecting, intervalMs: COLLECT_INTERVAL_MS });
  const onDue = (): void => collect.nudge();
  const onMoved = (): void => {
    held.nudge();
    overdue.nudge();
    collect.nudge();
  };
  const { testClocks } = stores;
  const clocks = await followTestClocks(bus, { testClocks, logger, onMoved });

  // In and out: the services of the contract.
  const { usageSource, accounts } = options;
  const services = {
    stores,
    ...{ usageSource, accounts },
    ids: createIdSource(nowMs, random),
    nowMs,
    ...calculator,
  };
  const server = await startRpcServer({
    name: 'invoicing',
    host,
    port,
    ...(options.origins && { origins: options.origins }),
    services: SERVICES,
    routes: (router) => {
      router.service(InvoiceService, invoiceService(services));
      router.service(InvoicingSettingsService, invoicingSettingsService(services));
      router.service(PaymentService, paymentService(services, onDue));
      router.service(CollectionService, collectionService(collecting, onDue));
      router.service(CreditNoteService, creditNoteService(services));
      router.service(ReceivableService, receivableService(services));
      router.service(TaxService, taxService(services));
      router.service(CouponService, couponService(services));
      router.service(ExportService, exportService(services));
    },
    authenticate,
    onRefused: tellRefusals(bus, logger, nowMs),
    logger,
    toDomainError: mongoDomainError,
    metrics: registry,
    plain: [stripeWebhook(collecting, onDue)],
  });

  return {
    address: server.address,
    async close() {
      server.setServing(false);
      await consumption.close();
      await clocks.close();
      await held.close();
      await overdue.close();
      await collect.close();
      await deletions.close();
      await server.close();
      await relay.close();
    },
  };
}
