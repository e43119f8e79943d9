import { LOOPBACK, until, type Program } from '@billingrails/servers';

const SERVING_TIMEOUT_MS = 300_000;
const ANSWER_TIMEOUT_MS = 5_000;

/** Resolves when the service's grpc.health.v1 says SERVING, asked as Connect JSON. Throws StackError. */
export async function awaitServing(service: Program): Promise<void> {
  await until(
    async () => {
      const url = `http://${LOOPBACK}:${service.port}/grpc.health.v1.Health/Check`;
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
      });
      const text = await response.text();
      if ((JSON.parse(text) as { status?: unknown }).status === 'SERVING') return true;
      throw new Error(text);
    },
    {
      what: `${service.name} on port ${service.port} to be SERVING`,
      timeoutMs: SERVING_TIMEOUT_MS,
      hopeless: service.hopeless,
      remedy: `See its log, ${service.logFile}.`,
    },
  );
}
