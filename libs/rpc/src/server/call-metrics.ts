import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { codeName } from '../errors/kinds';
import { codeOf, type CallEnded } from '../interceptors/log-calls';
import { LIMITED, LIMIT_OWNERS } from '../rates/rate-limits';
import type { Rates } from '../rates/rates';
import type { UnpackRoom } from './unpack/room';

/** From what a small call takes to the longest deadline, in seconds. */
const BUCKETS = [0.002, 0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30];

/**
 * Metrics that every server has: of the process, of its calls by method and status, of what compressed requests unpack
 * to, and of calls beyond a limit. Labels are names of the contract, so there are only so many series, and nobody's
 * data is among them.
 */
export function addServerMetrics(registry: Registry, room: UnpackRoom, rates: Rates): CallEnded {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'billingrails_rpc_call_duration_seconds',
    help: 'How long calls took, from their headers to the end of their answer; _count is how many there were.',
    labelNames: ['service', 'method', 'code'],
    buckets: BUCKETS,
    registers,
  });
  new Counter({
    name: 'billingrails_rpc_unpacked_bytes_total',
    help: 'How many bytes compressed requests unpacked to.',
    registers,
    collect() {
      this.reset();
      this.inc(room.totalBytes);
    },
  });
  new Gauge({
    name: 'billingrails_rpc_unpacked_bytes',
    help: 'How many bytes of unpacked requests running calls hold now.',
    registers,
    collect() {
      this.set(room.bytes);
    },
  });
  new Counter({
    name: 'billingrails_rpc_limited_calls_total',
    help: 'How many calls were refused because a key or an organisation had reached a limit, by which.',
    labelNames: ['limit', 'of'],
    registers,
    collect() {
      this.reset();
      for (const limit of LIMITED)
        for (const owner of LIMIT_OWNERS)
          this.inc({ limit, of: owner }, rates.refused(limit, owner));
    },
  });
  return (error, { service, method, startedAtMs }) => {
    const code = codeOf(error);
    const labels = { service, method, code: code === undefined ? 'OK' : codeName(code) };
    durations.observe(labels, (performance.now() - startedAtMs) / 1_000);
  };
}
