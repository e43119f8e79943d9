export { streamMessages } from './stream-messages';
export { bundled } from './bundled';
export { fakeClock, type FakeClock } from './fake-clock';
export { GrpcCaller, grpcFrame } from './grpc-caller';
export { halt } from './processes/halt';
export { howMany } from './how-many';
export { PATIENCE_MS } from './patience';
export { randomSeed } from './random-seed';
export { seededRandom } from './seeded-random';
export { ServiceProcess } from './processes/service-process';
export { Started } from './started';
export { startServers, type TestServers, type TestServersOptions } from './servers';
export {
  FAKE_STRIPE_KEY,
  startFakeStripe,
  type FakeStripe,
  type StripeFault,
} from './stripe/fake-stripe';
export { waitFor, type WaitOptions } from './wait-for';
