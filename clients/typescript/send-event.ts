import { create, toBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import {
  EventService,
  IngestEventsRequestSchema,
} from './gen/billingrails/ingest/v1/event_service_pb.js';

const request = create(IngestEventsRequestSchema, {
  events: [
    {
      eventName: 'api_call',
      idempotencyKey: 'call-1',
      properties: { billingrails_account_id: 'acct_acme', bytes: '12.5' },
    },
  ],
});

const [url, key] = process.argv.slice(2);
if (url === undefined) {
  console.log(Buffer.from(toBinary(IngestEventsRequestSchema, request)).toString('base64'));
} else {
  const events = createClient(
    EventService,
    createConnectTransport({ baseUrl: url, httpVersion: '1.1' }),
  );
  const headers = { authorization: `Bearer ${key}` };
  const answer = await events.ingestEvents(request, { headers, timeoutMs: 5_000 });
  console.log(
    answer.events.map(({ idempotencyKey }) => idempotencyKey),
    answer.consistencyToken,
  );
}
