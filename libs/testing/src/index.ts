export { bundled } from './bundled';
export { fakeClock, type FakeClock } from './fake-clock';
export { GrpcCaller, grpcFrame } from './grpc-caller';
export { howMany } from './how-many';
export { PATIENCE_MS } from './patience';
export { randomSeed } from './random-seed';
export { seededRandom } from './seeded-random';
export { startServers, type TestServers, type TestServersOptions } from './servers';
export { waitFor, type WaitOptions } from './wait-for';
