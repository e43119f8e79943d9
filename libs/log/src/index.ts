export { createLogger } from './create-logger';
export type { Logger, LoggerOptions, LogLevel } from './create-logger';
