import { create, toJson, fromJson } from '@bufbuild/protobuf';
import { IngestEventRequestSchema } from './gen/billingrails/ingest/v1/event_service_pb';

test('the documented event JSON is an IngestEventRequest as it stands', () => {
  const json = {
    event_name: 'Song played',
    properties: { song_id: '12345', duration: 240, billingrails_account_id: 'acct_67890' },
    idempotency_key: 'unique_event_id_12345',
    timestamp: '2023-10-01T12:00:00Z',
  };
  const request = fromJson(IngestEventRequestSchema, json);
  expect(toJson(IngestEventRequestSchema, request, { useProtoFieldName: true })).toEqual(json);
  expect(create(IngestEventRequestSchema)).toBeDefined();
});
