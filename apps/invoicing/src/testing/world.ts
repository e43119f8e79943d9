import {
  AUDIT,
  BILLING,
  CHANGES,
  connectBus,
  ensureStream,
  publishOnce,
  type Bus,
} from '@billingrails/bus';
import { create, toBinary, type DescService } from '@bufbuild/protobuf';
import { TestClockMovedSchema } from '@billingrails/contracts/billingrails/bus/v1/test_clock_moved_pb';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { allScopes } from '@billingrails/access';
import { DomainError } from '@billingrails/errors';
import { parseId, type OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { connectMongo, type Mongo } from '@billingrails/mongo';
import { createRpcClient, toTimestamp, type Principal } from '@billingrails/rpc';
import {
  PATIENCE_MS,
  Started,
  startServers,
  waitFor,
  type TestServers,
} from '@billingrails/testing';
import type { Client } from '@connectrpc/connect';
import type { PostedBill } from '../intake/domain/posted-bill';
import type { TaxCalculator } from '../taxes/domain/tax-calculator';
import { createSealing } from '@billingrails/service';
import { startInvoicing, type Invoicing, type InvoicingOptions } from '../start-invoicing';
import { billPartBytes } from './bill-part-message';
import { scriptedAccounts, type ScriptedAccounts } from './accounts';
import { scriptedUsage, type ScriptedUsage } from './usage';
import { scriptedPrepaid, type ScriptedPrepaid } from './prepaid';

const logger = createLogger({ service: 'test', level: 'silent' });

/** Nobody is asked there. */
const NOWHERE = 'http://127.0.0.1:1';
export const SEALING_KEY = Buffer.alloc(32, 7);

/** Real servers, billing's side of the stream, and as many replicas of invoicing as a test asks for. */
export interface World {
  readonly servers: TestServers;
  readonly mongo: Mongo;
  readonly bus: Bus;
  /** Sends what billing would, a bill if nothing else is said; each time another message, even for the same period. */
  publish(closed: PostedBill | Uint8Array, subject?: string): Promise<void>;
  /** Tells that an organisation lives by a test clock, which stands there. */
  moveClock(organisationId: OrganisationId, currentMs: number): Promise<void>;
  /** Waits until every message is acknowledged or ended. */
  settled(): Promise<void>;
  /** Billing's side of prepaid credits: the same for all replicas. */
  readonly prepaid: ScriptedPrepaid;
  /** Billing's side of accounts. */
  readonly accounts: ScriptedAccounts;
  /** Metering's side of explanations. */
  readonly usage: ScriptedUsage;
  replica(): Promise<Replica>;
  stop(): Promise<void>;
}

/** An invoicing replica with its own connections, as a process would have them. */
export interface Replica {
  readonly address: string;
  /** A client with the key of an organisation. */
  as(organisationId: OrganisationId): Client<typeof InvoiceService>;
  /** The same for another service. */
  client<S extends DescService>(service: S, organisationId: OrganisationId): Client<S>;
  stop(): Promise<void>;
}

/** Alone: whoever kills MongoDB does not share it with other files. */
export async function startWorld({
  alone = false,
  taxCalculator,
  stripeUrl = NOWHERE,
}: {
  readonly alone?: boolean;
  readonly taxCalculator?: TaxCalculator;
  /** Where a fake of Stripe is. */
  readonly stripeUrl?: string;
} = {}): Promise<World> {
  const servers = await startServers({ mongo: true, nats: true, alone });
  const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'invoicing', logger });
  const bus = await connectBus({ url: servers.natsUrl, name: 'billing', logger });
  await ensureStream(bus, BILLING);
  await ensureStream(bus, CHANGES);
  await ensureStream(bus, AUDIT);
  const replicas = new Started<Replica>();
  const prepaid = scriptedPrepaid();
  const usage = scriptedUsage();
  const accounts = scriptedAccounts();
  let published = 0;
  return {
    servers,
    mongo,
    bus,
    prepaid,
    accounts,
    usage,
    async publish(closed, subject = 'billing.bill_posted') {
      published += 1;
      await publishOnce(bus, {
        subject,
        data: closed instanceof Uint8Array ? closed : billPartBytes(closed),
        messageId: String(published),
      });
    },
    async moveClock(organisationId, currentMs) {
      published += 1;
      const clock = create(TestClockMovedSchema, {
        organisationId,
        currentTime: toTimestamp(currentMs),
      });
      await publishOnce(bus, {
        subject: 'billing.test_clock_moved',
        data: toBinary(TestClockMovedSchema, clock),
        messageId: String(published),
      });
    },
    async settled() {
      await waitFor(() => isSettled(bus), {
        what: 'all messages to be settled',
      });
    },
    async replica() {
      return replicas.add(
        await startReplica(servers, {
          ...{ prepaid, accounts, usageSource: usage, stripeUrl, taxCalculator },
        }),
      );
    },
    async stop() {
      await replicas.stop();
      await bus.close();
      await mongo.close();
      await servers.stop();
    },
  };
}

/** The server tells consumers of a new message a moment after it has acknowledged it: until then none is pending. */
async function isSettled(bus: Bus): Promise<boolean> {
  const newest = await newestBill(bus);
  const info = await bus.manager.consumers.info('BILLING', 'invoicing');
  const { delivered, num_pending, num_ack_pending } = info;
  return delivered.stream_seq >= newest && num_pending === 0 && num_ack_pending === 0;
}

/** The place of the newest bill in the stream; 0 where there is none, which the server answers with an error. */
async function newestBill(bus: Bus): Promise<number> {
  const wanted = { last_by_subj: 'billing.bill_posted' };
  const found = bus.manager.streams.getMessage('BILLING', wanted);
  return found.then(
    ({ seq }) => seq,
    () => 0,
  );
}

async function startReplica(
  servers: TestServers,
  {
    prepaid,
    accounts,
    usageSource,
    stripeUrl,
    taxCalculator,
  }: Pick<InvoicingOptions, 'prepaid' | 'accounts' | 'usageSource'> & {
    readonly stripeUrl: string;
    readonly taxCalculator: TaxCalculator | undefined;
  },
): Promise<Replica> {
  const mongo = await connectMongo({ url: servers.mongodbUrl, database: 'invoicing', logger });
  const bus = await connectBus({ url: servers.natsUrl, name: 'invoicing', logger });
  const invoicing: Invoicing = await startInvoicing({
    host: '127.0.0.1',
    port: 0,
    mongo,
    bus,
    prepaid,
    accounts,
    usageSource,
    authenticate,
    logger,
    nowMs: Date.now,
    random: Math.random,
    stripe: { url: stripeUrl, timeoutMs: PATIENCE_MS },
    sealing: createSealing([SEALING_KEY]),
    ...(taxCalculator && { taxCalculator }),
  });
  const closers: (() => void)[] = [];
  const clientOf = <S extends DescService>(service: S, key: OrganisationId): Client<S> => {
    const url = `dns:///${new URL(invoicing.address).host}`;
    const options = { url, key, defaultTimeoutMs: PATIENCE_MS };
    const { client, close } = createRpcClient(service, options);
    closers.push(close);
    return client;
  };
  return {
    address: invoicing.address,
    as: (organisationId) => clientOf(InvoiceService, organisationId),
    client: clientOf,
    async stop() {
      for (const close of closers) close();
      await invoicing.close();
      await bus.close();
      await mongo.close();
    },
  };
}

/** Lets each organisation in by a key that is its id. */
function authenticate(bearer: string): Principal {
  const organisationId = parseId('org', bearer);
  if (organisationId === undefined) {
    throw new DomainError('unauthenticated', 'API_KEY_INVALID', 'The key is not known.');
  }
  return { organisationId, keyId: 'key_1', kind: 'organisation', scopes: allScopes(['internal']) };
}
