import { LOOPBACK } from '../processes/ports';

/** The ports of one node. `route` is for its peers and unused by a single node. */
export interface NatsPorts {
  readonly client: number;
  readonly monitor: number;
  readonly route: number;
}

interface NatsNode {
  readonly name: string;
  readonly storeDir: string;
  readonly own: NatsPorts;
  /** The route ports of all nodes of the cluster; empty for a single node. */
  readonly routes: readonly number[];
}

/**
 * What the streams of all nodes together may reserve on one node. Only a bound on promises: no space is taken before
 * it is used, and a full disk is an error whatever stands here.
 */
const FILE_STORE_MAX = '1TB';

/**
 * The configuration file of one nats-server. `sync_interval: always` is what makes an acknowledged message durable:
 * the server fsyncs before it answers.
 */
export function natsConfig(node: NatsNode): string {
  const lines = [
    `server_name: ${JSON.stringify(node.name)}`,
    `listen: "${LOOPBACK}:${node.own.client}"`,
    `http: "${LOOPBACK}:${node.own.monitor}"`,
    'max_payload: 1MB',
    'jetstream {',
    `  store_dir: ${JSON.stringify(node.storeDir)}`,
    `  max_file_store: ${FILE_STORE_MAX}`,
    '  sync_interval: always',
    '}',
  ];
  if (node.routes.length > 0) {
    lines.push(
      'cluster {',
      '  name: billingrails',
      `  listen: "${LOOPBACK}:${node.own.route}"`,
      `  routes: [${node.routes.map((port) => `"nats://${LOOPBACK}:${port}"`).join(', ')}]`,
      '}',
    );
  }
  return `${lines.join('\n')}\n`;
}
