import { machineEnvironment, serviceSettings } from './service-environment';

const stack = {
  mongodbUrl: 'mongodb://127.0.0.1:27017/?replicaSet=rs0',
  natsUrl: 'nats://127.0.0.1:4222',
  natsMonitorUrl: 'http://127.0.0.1:8222',
  nodes: 1,
};
const settings = { stack, serviceKey: 'br_secret', secretsKey: 'sealing' };
const place = {
  port: 7003,
  ...{ meteringUrl: 'dns:///127.0.0.1:7002', billingUrl: 'dns:///127.0.0.1:7003' },
};

test('only who calls another service gets the key and its address: billing metering, invoicing both', () => {
  const billing = serviceSettings({ ...place, service: 'billing' }, settings);
  expect(billing).toMatchObject({ SERVICE_KEY: 'br_secret', METERING_URL: place.meteringUrl });
  const invoicing = serviceSettings({ ...place, service: 'invoicing' }, settings);
  expect(invoicing).toMatchObject({ SERVICE_KEY: 'br_secret', BILLING_URL: place.billingUrl });
  expect(invoicing).toMatchObject({ METERING_URL: place.meteringUrl, SECRETS_KEYS: 'sealing' });
  const webhooks = serviceSettings({ ...place, service: 'webhooks' }, settings);
  expect(webhooks).toMatchObject({ SECRETS_KEYS: 'sealing', LOOPBACK_ENDPOINTS: 'allowed' });
  const others = (['ingest', 'metering'] as const).map((service) =>
    serviceSettings({ ...place, service }, settings),
  );
  expect(JSON.stringify([...others, webhooks])).not.toContain('br_secret');
  expect(JSON.stringify([billing, ...others])).not.toContain('sealing');
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
