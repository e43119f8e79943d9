export { ConfigError, loadConfig } from './load-config';
export { durationMs, integer, logLevel, origins, port, secret, sealingKeys, url } from './pieces';
export { eventsStreamOptions, eventsStreamPieces } from './events-stream';
