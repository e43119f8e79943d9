export { runService, type ServiceDefinition } from './run-service';
export type { Closable, Opening } from './openings';
export { createSealing, type Sealing } from './sealing';
export { tellRefusals } from './tell-refusals';
export { defaultLimits, serviceSettings } from './settings';
