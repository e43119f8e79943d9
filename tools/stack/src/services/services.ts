import type { Program } from '@billingrails/servers';
import { SERVICE_NAMES, type ServiceName, type ServiceUrls } from './service-names';

/** One or more processes of a service; all have the same data. */
export type Replicas = readonly [Program, ...Program[]];

/** The services as processes. */
export class Services {
  readonly replicas: Readonly<Record<ServiceName, Replicas>>;
  /** What grpc-js clients connect to: dns:///127.0.0.1:7001. Where there are replicas, the first. */
  readonly urls: ServiceUrls;
  /** The same for HTTP: http://127.0.0.1:7001. */
  readonly httpUrls: ServiceUrls;

  constructor(replicas: Readonly<Record<ServiceName, Replicas>>) {
    this.replicas = replicas;
    this.urls = urlsOf(replicas, 'dns:///127.0.0.1');
    this.httpUrls = urlsOf(replicas, 'http://127.0.0.1');
  }

  get gateway(): Program {
    return this.replicas.gateway[0];
  }

  get ingest(): Program {
    return this.replicas.ingest[0];
  }

  get metering(): Program {
    return this.replicas.metering[0];
  }

  get billing(): Program {
    return this.replicas.billing[0];
  }

  get invoicing(): Program {
    return this.replicas.invoicing[0];
  }

  get webhooks(): Program {
    return this.replicas.webhooks[0];
  }

  get access(): Program {
    return this.replicas.access[0];
  }

  /** Every process of every service. */
  get all(): Program[] {
    return SERVICE_NAMES.flatMap((name) => [...this.replicas[name]]);
  }

  /** Whether any was started by this call, and not found running. */
  get startedHere(): boolean {
    return this.all.some((program) => program.startedHere);
  }

  /** Stops those that were started by this call. Throws StackError when one does not stop in time. */
  async stop(): Promise<void> {
    const own = this.all.filter((program) => program.startedHere);
    const results = await Promise.allSettled(own.map((program) => program.stop()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }
}

function urlsOf(replicas: Readonly<Record<ServiceName, Replicas>>, address: string): ServiceUrls {
  return {
    gateway: `${address}:${replicas.gateway[0].port}`,
    ingest: `${address}:${replicas.ingest[0].port}`,
    metering: `${address}:${replicas.metering[0].port}`,
    billing: `${address}:${replicas.billing[0].port}`,
    invoicing: `${address}:${replicas.invoicing[0].port}`,
    webhooks: `${address}:${replicas.webhooks[0].port}`,
    access: `${address}:${replicas.access[0].port}`,
  };
}
