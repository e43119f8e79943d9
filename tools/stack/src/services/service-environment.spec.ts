import { machineEnvironment, serviceSettings } from './service-environment';

const stack = {
  mongodbUrl: 'mongodb://127.0.0.1:27017/?replicaSet=rs0',
  natsUrl: 'nats://127.0.0.1:4222',
  natsMonitorUrl: 'http://127.0.0.1:8222',
  nodes: 1,
};
const settings = { stack, serviceKey: 'br_secret', secretsKey: 'sealing' };
const addresses = {
  gateway: ['127.0.0.1:7000'],
  ingest: ['127.0.0.1:7001'],
  metering: ['127.0.0.1:7002', '127.0.0.1:7102'],
  billing: ['127.0.0.1:7003'],
  invoicing: ['127.0.0.1:7004'],
  webhooks: ['127.0.0.1:7005'],
  access: ['127.0.0.1:7006'],
};
const place = { port: 7003, addresses };
const meteringUrl = 'dns:///127.0.0.1:7002';

test('only who calls another service gets the key and its address: billing metering, invoicing both', () => {
  const billing = serviceSettings({ ...place, service: 'billing' }, settings);
  expect(billing).toMatchObject({ SERVICE_KEY: 'br_secret', METERING_URL: meteringUrl });
  const invoicing = serviceSettings({ ...place, service: 'invoicing' }, settings);
  expect(invoicing).toMatchObject({
    SERVICE_KEY: 'br_secret',
    BILLING_URL: 'dns:///127.0.0.1:7003',
  });
  expect(invoicing).toMatchObject({ METERING_URL: meteringUrl, SECRETS_KEYS: 'sealing' });
  const webhooks = serviceSettings({ ...place, service: 'webhooks' }, settings);
  expect(webhooks).toMatchObject({ SECRETS_KEYS: 'sealing', LOOPBACK_ENDPOINTS: 'allowed' });
  const others = (['ingest', 'metering'] as const).map((service) =>
    serviceSettings({ ...place, service }, settings),
  );
  expect(JSON.stringify([...others, webhooks])).not.toContain('br_secret');
  expect(JSON.stringify([billing, ...others])).not.toContain('sealing');
});

test('the gateway knows every replica of every service, and nothing else', () => {
  expect(serviceSettings({ ...place, service: 'gateway', port: 7000 }, settings)).toEqual({
    HOST: '127.0.0.1',
    PORT: '7000',
    INGEST_URL: 'dns:///127.0.0.1:7001',
    METERING_URL: 'dns:///127.0.0.1:7002,127.0.0.1:7102',
    BILLING_URL: 'dns:///127.0.0.1:7003',
    INVOICING_URL: 'dns:///127.0.0.1:7004',
    WEBHOOKS_URL: 'dns:///127.0.0.1:7005',
    ACCESS_URL: 'dns:///127.0.0.1:7006',
  });
});

test('on three nodes the events are to be on all of them', () => {
  const three = { ...settings, stack: { ...stack, nodes: 3 } };
  expect(serviceSettings({ ...place, service: 'ingest' }, three)).toMatchObject({
    EVENTS_REPLICAS: '3',
  });
});

test('what is set for this process does not reach the services, except where the machine needs it', () => {
  const base = { PATH: '/bin', NODE_OPTIONS: '--inspect', MONGODB_DATABASE: 'mine', PORT: '1' };
  expect(machineEnvironment(base)).toEqual({ PATH: '/bin' });
});
