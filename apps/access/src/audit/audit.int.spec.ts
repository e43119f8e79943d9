import { create } from '@bufbuild/protobuf';
import { allScopes } from '@billingrails/access';
import { auditRecorded } from '@billingrails/audit';
import { AUDIT, connectBus, ensureStream, publishAllOnce, type Bus } from '@billingrails/bus';
import {
  AuditFault,
  AuditService,
} from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import { Code } from '@connectrpc/connect';
import { createIdSource, derivedId, type ApiKeyId, type OrganisationId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { connectMongo, ensureIndexes, type Mongo } from '@billingrails/mongo';
import {
  createRpcClient,
  startRpcServer,
  toTimestamp,
  unauthenticated,
  type RpcClient,
  type RpcServer,
} from '@billingrails/rpc';
import { failureOf } from '@billingrails/rpc/testing';
import {
  bundled,
  PATIENCE_MS,
  ServiceProcess,
  startServers,
  waitFor,
  type TestServers,
} from '@billingrails/testing';
import { consumeAuditRecorded } from './consumer/audit-recorded';
import { auditService } from './rpc/audit-service';
import { AUDIT_INDEXES, openAuditStores, type AuditStores } from './store/stores';

const logger = createLogger({ service: 'test', level: 'silent' });
const ids = createIdSource(Date.now, Math.random);
const [keeper] = bundled('src/audit/testing/keeper.ts');

let servers: TestServers;
let mongo: Mongo;
let bus: Bus;
let stores: AuditStores;
let server: RpcServer;
const keepers: ServiceProcess[] = [];

beforeAll(async () => {
  servers = await startServers({ mongo: true, nats: true });
  mongo = await connectMongo({ url: servers.mongodbUrl, database: 'access', logger });
  bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
  await ensureStream(bus, AUDIT);
  await ensureIndexes(mongo.db, AUDIT_INDEXES);
  await mongo.db.command({ profile: 2 });
  stores = openAuditStores(mongo);
  server = await startRpcServer({
    ...{ name: 'access', host: '127.0.0.1', port: 0, services: [AuditService], logger },
    routes: (router) =>
      router.service(
        AuditService,
        auditService(stores, () => performance.now()),
      ),
    authenticate(bearer) {
      if (!bearer.startsWith('org_')) throw unauthenticated();
      const organisationId = bearer as OrganisationId;
      const keyId = 'key_1' as ApiKeyId;
      return { organisationId, keyId, kind: 'organisation', scopes: allScopes(['read']) };
    },
  });
});

afterAll(async () => {
  await server?.close();
  await bus?.close();
  await mongo?.close();
  await servers?.stop();
});

const opened: RpcClient<typeof AuditService>[] = [];
afterEach(() => opened.splice(0).forEach((client) => client.close()));

function as(organisationId: string) {
  const url = server.address.replace('http://', 'dns:///');
  const options = { url, key: organisationId, defaultTimeoutMs: PATIENCE_MS };
  const client = createRpcClient(AuditService, options);
  opened.push(client);
  return client.client;
}

const { updateAccount, createAccount } = AccountService.method;

interface Told {
  readonly keyId?: string;
  readonly accountId?: string;
  readonly method?: typeof updateAccount | typeof createAccount;
  readonly timeMs?: number;
}

/** A message as a service's outbox holds it. */
function message(organisationId: string, index: number, told: Told = {}) {
  const { keyId = 'key_1', accountId = `acct_${index}`, method = updateAccount } = told;
  const { id, subject, data } = auditRecorded({
    id: derivedId('aud', organisationId, String(index)),
    caller: { organisationId, keyId, kind: 'organisation' },
    method,
    request: create(method.input as typeof updateAccount.input, {
      accountId,
      name: `Name ${index}`,
    }),
    timeMs: told.timeMs ?? 1_700_000_000_000 + index,
  });
  return { messageId: id, subject, data };
}

/** Resolves when an organisation's chain has so many records. */
async function appended(organisationId: OrganisationId, count: number): Promise<void> {
  const what = `${count} records of ${organisationId}`;
  const enough = async (): Promise<boolean> => {
    const { sequence } = await stores.heads.find(organisationId);
    if (sequence >= count) return true;
    const said = keepers.flatMap(({ lines }) => lines);
    throw new Error(`There are ${sequence}. ${said.join('\n')}`);
  };
  await waitFor(enough, { what });
}

async function verdictOf(organisationId: string, anchor?: { sequence: bigint; hash: string }) {
  const told = [];
  for await (const each of as(organisationId).verifyAudit({ ...(anchor && { anchor }) }))
    told.push(each);
  expect(told.map(({ verdict }) => verdict !== undefined)).toEqual(
    told.map((_, index) => index === told.length - 1),
  );
  return told.at(-1);
}

/** Appends so many records of a new organisation. */
async function chainOf(count: number, told: (index: number) => Told = () => ({})) {
  const organisationId = ids.next('org');
  const consumption = await consumeAuditRecorded(bus, { stores, logger });
  const indexes = Array.from({ length: count }, (_, index) => index);
  await publishAllOnce(
    bus,
    indexes.map((index) => message(organisationId, index, told(index))),
  );
  await appended(organisationId, count);
  await consumption.close();
  return organisationId;
}

test('replicas that are killed with -9 while they append leave no gap, and no record twice', async () => {
  const organisations = [ids.next('org'), ids.next('org'), ids.next('org')] as const;
  const { mongodbUrl: MONGODB_URL, natsUrl: NATS_URL } = servers;
  const start = () => void keepers.push(new ServiceProcess(keeper, { MONGODB_URL, NATS_URL }));
  for (let replica = 0; replica < 3; replica += 1) start();
  const rounds = 6;
  const each = 40;
  for (let round = 0; round < rounds; round += 1) {
    const told = organisations.flatMap((organisationId) =>
      Array.from({ length: each }, (_, index) => message(organisationId, round * each + index)),
    );
    await publishAllOnce(bus, told);
    // Some come again, under other ids of the bus, as they do after its window.
    const again = told.slice(0, 20).map((one) => ({ ...one, messageId: `again-${one.messageId}` }));
    await publishAllOnce(bus, again);
    await appended(
      organisations[round % organisations.length] ?? organisations[0],
      round * each + 1,
    );
    keepers.shift()?.kill();
    start();
  }
  const count = rounds * each;
  for (const organisationId of organisations) await appended(organisationId, count);
  const empty = async () => (await bus.manager.streams.info(AUDIT.name)).state.messages === 0;
  await waitFor(empty, { what: 'every message to be taken off' });
  for (const one of keepers.splice(0)) one.kill();
  for (const organisationId of organisations) {
    const records = await stores.records.chain(organisationId, { afterSequence: 0, limit: 10_000 });
    expect(records.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    );
    expect(new Set(records.map(({ id }) => id)).size).toBe(count);
    const { verdict, totalCount } = (await verdictOf(organisationId)) ?? {};
    expect([verdict?.whole, totalCount]).toEqual([true, BigInt(count)]);
  }
});

test('records are listed by time, key, method and thing, and found by their ids; another organisation’s are not there', async () => {
  const organisationId = await chainOf(30, (index) => ({
    keyId: index % 3 === 0 ? 'key_3' : 'key_1',
    method: index % 5 === 0 ? createAccount : updateAccount,
    accountId: index % 2 === 0 ? 'acct_even' : 'acct_odd',
    // Some at once.
    timeMs: 1_700_000_000_000 + Math.floor(index / 4),
  }));
  const client = as(organisationId);
  const all = await client.listAuditRecords({});
  const places = all.auditRecords.map(({ sequence }) => Number(sequence));
  expect(places).toHaveLength(30);
  const listed = async (filter: Parameters<typeof client.listAuditRecords>[0]) => {
    const found: number[] = [];
    for (let pageToken = ''; ;) {
      const page = await client.listAuditRecords({ ...filter, pageSize: 4, pageToken });
      found.push(...page.auditRecords.map(({ sequence }) => Number(sequence)));
      pageToken = page.nextPageToken;
      if (pageToken === '') return found;
    }
  };
  expect(await listed({})).toEqual(places);
  const kept = (test: (index: number) => boolean) => {
    const own = all.auditRecords.filter(({ id }) =>
      Array.from({ length: 30 }, (_, index) => index).some(
        (index) => test(index) && id === derivedId('aud', organisationId, String(index)),
      ),
    );
    return own.map(({ sequence }) => Number(sequence));
  };
  const method = 'billingrails.billing.v1.AccountService/CreateAccount';
  expect(await listed({ keyId: 'key_3' })).toEqual(kept((index) => index % 3 === 0));
  expect(await listed({ method })).toEqual(kept((index) => index % 5 === 0));
  expect(await listed({ objectId: 'acct_odd' })).toEqual(kept((index) => index % 2 === 1));
  const span = {
    startTime: toTimestamp(1_700_000_000_002),
    endTime: toTimestamp(1_700_000_000_005),
  };
  expect(await listed(span)).toEqual(kept((index) => index >= 8 && index < 20));
  expect(await listed({ ...span, keyId: 'key_3', objectId: 'acct_even' })).toEqual(
    kept((index) => index >= 8 && index < 20 && index % 6 === 0),
  );
  const [first] = all.auditRecords;
  const { auditRecord } = await client.getAuditRecord({ auditRecordId: first?.id ?? '' });
  expect(auditRecord).toEqual(first);
  const exported = await client.exportAuditRecords({ afterSequence: 10n, pageSize: 5 });
  expect(exported.auditRecords.map(({ sequence }) => Number(sequence))).toEqual([
    11, 12, 13, 14, 15,
  ]);
  const other = as(ids.next('org'));
  expect((await other.listAuditRecords({ objectId: 'acct_odd' })).auditRecords).toEqual([]);
  expect((await other.exportAuditRecords({})).auditRecords).toEqual([]);
  expect(await failureOf(other.getAuditRecord({ auditRecordId: first?.id ?? '' }))).toMatchObject({
    ...{ code: Code.NotFound, reason: 'AUDIT_RECORD_NOT_FOUND' },
  });
});

test('VerifyAudit names the first record that somebody altered in the database', async () => {
  const organisationId = await chainOf(12);
  const records = mongo.db.collection('audit_records');
  const whole = await verdictOf(organisationId);
  expect(whole).toMatchObject({ verifiedCount: 12n, totalCount: 12n, verdict: { whole: true } });
  const anchor = { sequence: 12n, hash: whole?.verdict?.lastHash ?? '' };
  expect((await verdictOf(organisationId, anchor))?.verdict?.whole).toBe(true);
  const wrong = await verdictOf(organisationId, { sequence: 3n, hash: anchor.hash });
  expect(wrong?.verdict).toMatchObject({
    ...{ whole: false, firstAlteredSequence: 3n, fault: AuditFault.NOT_ANCHORED },
  });
  await records.updateOne({ organisationId, sequence: 9 }, { $set: { 'actor.keyId': 'key_x' } });
  await records.deleteOne({ organisationId, sequence: 11 });
  const altered = (await verdictOf(organisationId))?.verdict;
  expect(altered).toMatchObject({ firstAlteredSequence: 9n, fault: AuditFault.ALTERED });
  await records.updateOne({ organisationId, sequence: 9 }, { $set: { 'actor.keyId': 'key_1' } });
  const missing = (await verdictOf(organisationId))?.verdict;
  expect(missing).toMatchObject({ firstAlteredSequence: 11n, fault: AuditFault.MISSING });
  const none = await verdictOf(ids.next('org'));
  expect(none).toMatchObject({ totalCount: 0n, verdict: { whole: true, lastHash: '' } });
});

test('every query of the log walks an index, and sorts nothing', async () => {
  await mongo.db.command({ profile: 0 });
  const profile = mongo.db.collection('system.profile');
  const ns = { $in: ['audit_records', 'audit_heads'].map((name) => `access.${name}`) };
  const reads = await profile.find({ ns, planSummary: { $exists: true } }).toArray();
  const other = reads.filter(
    ({ planSummary }) => !/^(IXSCAN|IDHACK|EXPRESS)/.test(String(planSummary)),
  );
  expect(other.map(({ command }) => command as unknown)).toEqual([]);
  expect(reads.filter(({ hasSortStage }) => hasSortStage === true)).toEqual([]);
  const walked = new Set(reads.map(({ planSummary }) => String(planSummary)));
  for (const field of ['objectId', 'actor.keyId', 'method', 'time', 'sequence'])
    expect([...walked].join()).toContain(`organisationId: 1, ${field}: 1`);
});
