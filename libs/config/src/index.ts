export { ConfigError, loadConfig } from './load-config';
export { durationMs, integer, logLevel, origins, port, secret, url } from './pieces';
export { eventsStreamOptions, eventsStreamPieces } from './events-stream';
