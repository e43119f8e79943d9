import { followUses } from '@billingrails/access';
import { publishOutbox, type Bus } from '@billingrails/bus';
import { ApiKeySchema } from '@billingrails/contracts/billingrails/access/v1/api_key_pb';
import { OrganisationSchema } from '@billingrails/contracts/billingrails/access/v1/organisation_pb';
import { ApiKeyService } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { AuditService } from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { createIdSource } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import {
  ensureIndexes,
  mongoDomainError,
  objectReader,
  showBefore,
  startOutboxRelay,
  type Mongo,
} from '@billingrails/mongo';
import { startRpcServer, type RpcServerOptions } from '@billingrails/rpc';
import { tellRefusals } from '@billingrails/service';
import { consumeAuditRecorded } from './audit/consumer/audit-recorded';
import { auditService } from './audit/rpc/audit-service';
import { openAuditStores } from './audit/store/stores';
import { apiKeyToProto } from './keys/contract/api-key';
import { startTellingKeys } from './keys/jobs/tell-keys';
import { apiKeyService } from './keys/rpc/api-key-service';
import { makeFirstKey } from './keys/use-cases/first-key';
import { followKeyRecords } from './keys/use-cases/key-records';
import { createMetrics } from './metrics';
import { organisationService } from './organisations/rpc/organisation-service';
import { organisationToProto } from './organisations/contract/organisation';
import { existingKey, seenBy, type ServiceParts } from './service-parts';
import { INDEXES, openStores } from './store/stores';

/** What access serves. */
export const SERVICES = [OrganisationService, ApiKeyService, AuditService];

/** What access rests on, connected, and how it is set. */
export interface AccessOptions {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Whose pages may call from browsers; see startRpcServer. */
  readonly origins?: readonly string[];
  readonly mongo: Mongo;
  /** With stream AUDIT. */
  readonly bus: Bus;
  readonly authenticate: RpcServerOptions['authenticate'];
  readonly logger: Logger;
  /** The server's clock. */
  readonly nowMs: () => number;
  /** Numbers in [0, 1), for ids. */
  readonly random: () => number;
  /** Shows the first organisation and its key, once. Without it none is made. */
  readonly printFirstKey?: (text: string) => void;
}

/** An access process. */
export interface Access {
  /** host:port */
  readonly address: string;
  /** Stops taking calls, finishes what is under way. The connections stay open. */
  close(): Promise<void>;
}

/** Wires access on its connections, and serves. */
export async function startAccess(options: AccessOptions): Promise<Access> {
  const { host, port, mongo, bus, authenticate, logger, nowMs, random } = options;
  await ensureIndexes(mongo.db, INDEXES);
  const stores = openStores(mongo);
  const ids = createIdSource(nowMs, random);

  // What services know of keys and what is kept of them are held to each other.
  const records = await followKeyRecords(bus, stores, logger);
  if (options.printFirstKey && !records.hasKeys) {
    const first = await makeFirstKey(stores, ids, nowMs());
    if (first !== undefined) {
      await records.tell(first.key.id);
      options.printFirstKey(firstKeyText(first.key.organisationId, first.secret));
    }
  }
  const telling = startTellingKeys(records, logger);
  const uses = followUses(bus, (told) => {
    stores.keys
      .used(told)
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'the last use of keys was not stored'),
      );
  });

  // Out: what requests did is told to the audit log.
  const parts: ServiceParts = { stores, records, ids, nowMs };
  showBefore(mongo, SERVICES, [
    objectReader(OrganisationSchema, async ({ organisationId }, session) => {
      const seen = await stores.organisations.find(organisationId, session);
      return seen && organisationToProto(seen.organisation);
    }),
    objectReader(ApiKeySchema, async ({ organisationId, id }, session) => {
      const seen = await seenBy(parts, { organisationId });
      return apiKeyToProto(await existingKey(stores, seen, id, session), nowMs());
    }),
  ]);
  const relay = startOutboxRelay(mongo, (messages) => publishOutbox(bus, messages), { logger });

  // In: what was done in all services is appended to the audit log.
  const audit = openAuditStores(mongo);
  const { registry, onAppended } = createMetrics(stores.keys, bus);
  const appending = await consumeAuditRecorded(bus, { stores: audit, logger, onAppended });

  // In and out: the services of the contract.
  const server = await startRpcServer({
    name: 'access',
    host,
    port,
    ...(options.origins && { origins: options.origins }),
    services: SERVICES,
    routes: (router) => {
      router.service(OrganisationService, organisationService(parts));
      router.service(ApiKeyService, apiKeyService(parts));
      router.service(
        AuditService,
        auditService(audit, () => performance.now()),
      );
    },
    authenticate,
    onRefused: tellRefusals(bus, logger, nowMs),
    logger,
    toDomainError: mongoDomainError,
    metrics: registry,
  });

  return {
    address: server.address,
    async close() {
      server.setServing(false);
      uses.close();
      await server.close();
      await telling.close();
      await relay.close();
      await appending.close();
      await records.close();
    },
  };
}

function firstKeyText(organisationId: string, secret: string): string {
  return `The first organisation is ${organisationId}. Its key, which is shown this once:\n${secret}`;
}
