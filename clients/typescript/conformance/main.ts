/**
 * What every library is put to: `docs/clients.md` tells how the programs of the suite and what starts them talk.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Billingrails, BillingrailsError, paged, verifyWebhook } from '../dist/index.js';
import { EntitlementService } from '../dist/gen/billingrails/billing/v1/entitlement_service_pb.js';
import { EventService } from '../dist/gen/billingrails/ingest/v1/event_service_pb.js';
import { InvoiceService } from '../dist/gen/billingrails/invoicing/v1/invoice_service_pb.js';
import { MeterService } from '../dist/gen/billingrails/metering/v1/meter_service_pb.js';
import { UsageService } from '../dist/gen/billingrails/metering/v1/usage_service_pb.js';

const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => (await told.next()).value as string;
const say = (line: string) => process.stdout.write(`${line}\n`);

const task = JSON.parse(await next());
const startTime = timestampFromDate(new Date(task.start_time));
const endTime = timestampFromDate(new Date(task.end_time));
// A machine that runs all services beside it is given time.
const TIMEOUT_MS = 300_000;
const billingrails = new Billingrails({
  key: task.key,
  address: task.address,
  timeoutMs: TIMEOUT_MS,
});
const usages = billingrails.service(UsageService);

// Usage, as a stream that stays open.
const [{ meter_id, profile: code }] = task.usage;
const query = { meterId: meter_id, profile: code, startTime, endTime, pageSize: 1_000 };
const watch = usages.watchUsage({ query })[Symbol.asyncIterator]();
const nextWatched = async () => {
  const { value } = await watch.next();
  if (value === undefined) throw new Error('The stream has ended.');
  const rows: { accountId: string; value: string }[] = value.usage?.rows ?? [];
  return Object.fromEntries(rows.map((row) => [`${row.accountId}/${code}`, row.value]));
};
let watched = await nextWatched();

// Events, while ingest is killed. What the callback throws must not end the sender.
const refused: Record<string, string[]> = {};
const sender = billingrails.eventSender({
  onRefused: ({ idempotencyKey }, { violations }) => {
    refused[idempotencyKey] = violations.map(({ field }) => field);
    return Promise.reject(new Error('This callback fails.'));
  },
});
let sent = 0;
for await (const line of createInterface({ input: createReadStream(task.events) })) {
  if (sent === task.half) {
    say('half');
    await next();
    const properties = { billingrails_account_id: 17 };
    await sender.send({ eventName: 'refused', idempotencyKey: 'refused', properties });
  }
  const event = JSON.parse(line);
  await sender.send({
    eventName: event.event_name,
    idempotencyKey: event.idempotency_key,
    timestamp: timestampFromDate(new Date(event.timestamp)),
    properties: event.properties,
  });
  sent += 1;
}
await sender.close();

// Usage, page by page.
const usage: Record<string, string> = {};
for (const { meter_id: meterId, profile } of task.usage) {
  const request = { meterId, profile, startTime, endTime, waitForAcknowledged: true, pageSize: 1 };
  for await (const row of paged(usages.queryUsage, request, (page) => page.rows)) {
    usage[`${row.accountId}/${profile}`] = row.value;
  }
}
const wanted = Object.entries(usage).filter(([at]) => at.endsWith(`/${code}`));
while (!isDeepStrictEqual(watched, Object.fromEntries(wanted))) watched = await nextWatched();
say('counted');
await next();

// The month is over.
const access = await billingrails.service(EntitlementService).checkAccess({
  accountId: task.access.account_id,
  featureCode: task.access.feature_code,
});
const invoicing = billingrails.service(InvoiceService);
const invoices: Record<string, string> = {};
for await (const { id } of paged(
  invoicing.listInvoices,
  { omitLines: true, pageSize: 1 },
  (page) => page.invoices,
)) {
  const { invoice } = await invoicing.getInvoice({ invoiceId: id });
  invoices[invoice?.accountId ?? ''] = invoice?.total?.amount ?? '';
}

async function errorOf(call: Promise<unknown>) {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => (thrown instanceof BillingrailsError ? thrown : undefined),
  );
  return { reason: error?.reason, fields: error?.violations.map(({ field }) => field) };
}
const stranger = new Billingrails({ key: 'br_nobody', addresses: task.addresses });
const meters = billingrails.service(MeterService);
const errors = [
  await errorOf(stranger.service(MeterService).listMeters({})),
  await errorOf(billingrails.service(EventService).ingestEvents({ events: [{ eventName: '' }] })),
  await errorOf(meters.getMeter({ meterId: task.unknown_meter_id })),
];

const { secret, headers, body } = task.webhook;
const isVerified = (text: string) => {
  try {
    return verifyWebhook(secret, headers, text).id;
  } catch {
    return '';
  }
};
const webhook = [isVerified(body), isVerified(body.replace('evt_', 'evt-'))];

say(
  JSON.stringify({
    ...{ events: sent, refused, usage, watched, invoices, errors, webhook },
    access: { allowed: access.allowed, used: access.used, remaining: access.remaining },
  }),
);
process.exit(0);
