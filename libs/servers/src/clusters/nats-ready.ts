import { connect } from 'nats';
import { until } from '../until';

const START_TIMEOUT_MS = 300_000;
const ANSWER_TIMEOUT_MS = 5_000;

type Hopeless = () => string | undefined;

/** What the monitoring page /jsz says that is used here. */
interface JetStreamView {
  /** Of the cluster's own group; only its leader knows the replicas. */
  readonly meta_cluster?: {
    readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
  };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly cluster?: { readonly leader?: string } }[];
  }[];
}

/**
 * Resolves when JetStream answers a client and, in a cluster, when every node is there and every stream has a leader.
 */
export async function awaitJetStream(
  urls: readonly string[],
  monitorUrls: readonly string[],
  hopeless: Hopeless,
): Promise<void> {
  const waiting = { timeoutMs: START_TIMEOUT_MS, hopeless, remedy: 'See the logs of nats-server.' };
  if (monitorUrls.length > 1) {
    await until(
      async () => {
        const views = await Promise.all(monitorUrls.map(jetStreamView));
        return views.some((view) => hasAll(view, monitorUrls.length)) && views.every(isLed);
      },
      { ...waiting, what: 'the NATS cluster to be complete' },
    );
  }
  await Promise.all(monitorUrls.map((url) => awaitHealth(url, '/healthz', hopeless)));
  await until(() => answersAccountInfo(urls), { ...waiting, what: 'JetStream to answer' });
}

/**
 * Resolves when one restarted node serves again. Of a cluster's node, which may be the only one up, no more is asked
 * than that its JetStream runs.
 */
export function awaitNode(
  monitorUrl: string,
  clustered: boolean,
  hopeless: Hopeless,
): Promise<void> {
  return awaitHealth(monitorUrl, clustered ? '/healthz?js-server-only=true' : '/healthz', hopeless);
}

async function awaitHealth(monitorUrl: string, path: string, hopeless: Hopeless): Promise<void> {
  await until(
    async () => {
      const response = await fetch(`${monitorUrl}${path}`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(await response.text());
      return true;
    },
    {
      what: `${monitorUrl}${path} to say ok`,
      timeoutMs: START_TIMEOUT_MS,
      hopeless,
      remedy: 'See the log of nats-server.',
    },
  );
}

async function jetStreamView(monitorUrl: string): Promise<JetStreamView> {
  const response = await fetch(`${monitorUrl}/jsz?accounts=true&streams=true`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  return (await response.json()) as JetStreamView;
}

/** The cluster's leader sees every other node, up to date. */
function hasAll(view: JetStreamView, nodes: number): boolean {
  const replicas = view.meta_cluster?.replicas ?? [];
  return (
    replicas.length === nodes - 1 && replicas.every(({ current, offline }) => current && !offline)
  );
}

/** Every stream that this node has a copy of has a leader; without one, nobody answers for it. */
function isLed(view: JetStreamView): boolean {
  const streams = (view.account_details ?? []).flatMap((account) => account.stream_detail ?? []);
  return streams.every((stream) => stream.cluster?.leader);
}

/** Asks as a client does. Throws what the server or the client says when JetStream does not answer. */
async function answersAccountInfo(urls: readonly string[]): Promise<true> {
  const connection = await connect({
    servers: [...urls],
    timeout: ANSWER_TIMEOUT_MS,
    reconnect: false,
  });
  try {
    const manager = await connection.jetstreamManager({ timeout: ANSWER_TIMEOUT_MS });
    await manager.getAccountInfo();
    return true;
  } finally {
    await connection.close();
  }
}
