export { runService, type ServiceDefinition } from './run-service';
export type { Closable, Opening } from './openings';
export { serviceSettings } from './settings';
