import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { unknownPathText } from './unknown-path';

const metering = [MeterService, UsageService];
const here =
  'There is no such method. A path is /package.Service/Method, and the services here are ' +
  'billingrails.metering.v1.MeterService, billingrails.metering.v1.UsageService.';
const query =
  'There is no such method. Did you mean /billingrails.metering.v1.UsageService/QueryUsage?';

test.each([
  // The right call at the wrong port.
  [
    '/billingrails.ingest.v1.EventService/IngestEvent',
    'There is no such method. EventService is served by ingest, not here.',
  ],
  // A method or service that is misspelt, or without its package.
  [
    '/billingrails.metering.v1.UsageService/QueryUsge',
    'UsageService has no method QueryUsge; did you mean QueryUsage?',
  ],
  [
    '/billingrails.metering.v1.UsageService/queryUsage',
    'UsageService has no method queryUsage; did you mean QueryUsage?',
  ],
  ['/billingrails.metering.v1.UsagesService/QueryUsage', query],
  ['/UsageService/QueryUsage', query],
  ['/metering.v1.UsageService/query_usage', query],
  // What has nothing near it.
  [
    '/billingrails.metering.v1.MeterService/Drop',
    'MeterService has no method Drop; it has CreateMeter, GetMeter, ListMeters, UpdateMeter, AddMeterProfile, ReviseMeterProfile, PreviewMeter.',
  ],
  ['/billingrails.metering.v1.Nothing/QueryUsage', here],
  ['/grpc.something.v1.Else/Do', here],
  ['/', here],
  ['/v1/events', here],
  ['', here],
  [`/${'x'.repeat(100_000)}/y`, here],
])('%.80s', (path, text) => {
  expect(unknownPathText(path, metering)).toBe(text);
});

test('at another port another service is not here', () => {
  expect(unknownPathText('/billingrails.metering.v1.UsageService/QueryUsage', [EventService])).toBe(
    'There is no such method. UsageService is served by metering, not here.',
  );
});
