import pino from 'pino';
import { hideSecrets } from './hide-secrets';
import { serializeError } from './serialize-error';

export type Logger = pino.Logger;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LoggerOptions {
  /** Who writes, such as 'metering'. */
  service: string;
  level: LogLevel;
  /** Where the lines go; standard output unless given. */
  destination?: { write(line: string): void };
}

/**
 * One JSON object a line: level as a word, time in RFC 3339, service, pid, then what the call gave. Errors go under
 * `err` or `error` and keep their causes. Secrets are hidden in every line (see hideSecrets).
 */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error) => serializeError(error), error: (error) => serializeError(error) },
    hooks: { streamWrite: hideSecrets },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
