export { findBinary, StackError, startMongo, startNats } from '@billingrails/servers';
export { checkoutFolder, defaultDataFolder } from './checkout';
export { Platform, startPlatform, type PlatformOptions } from './platform';
export type { OrganisationAccess } from './platform-keys';
export { runningPrograms, stopRunning, type RunningProgram } from './running-stack';
export { SERVICE_NAMES, type ServiceName, type ServiceUrls } from './service-names';
export type { Services } from './services';
export { NODE_FLAGS, startServices, type ServicesOptions } from './start-services';
export { startStack, type Stack, type StackOptions } from './stack';
