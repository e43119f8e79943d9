import type { Program } from '../processes/program';

/** What startMongo and startNats have in common. */
export interface ClusterOptions {
  /** The data and logs of all nodes lie in this folder; it is made when missing. */
  readonly dir: string;
  /** 1 by default; 3 for a replicated cluster. */
  readonly nodes?: number;
  /** The program to run; by default it is looked for, see `findBinary`. */
  readonly binary?: string;
  /** The servers outlive this process. By default they die with it. */
  readonly detached?: boolean;
}

interface ClusterParts {
  /** What clients connect to; names every node. */
  readonly url: string;
  /** Resolves when the cluster as a whole answers. `hopeless` tells why it never will. */
  readonly ready: (hopeless: () => string | undefined) => Promise<void>;
}

/** One server, or three that replicate each other. */
export class Cluster {
  readonly url: string;
  /** One by one they can be killed, stopped and restarted too. */
  readonly nodes: readonly Program[];
  readonly #ready: ClusterParts['ready'];

  constructor(nodes: readonly Program[], parts: ClusterParts) {
    this.nodes = nodes;
    this.url = parts.url;
    this.#ready = parts.ready;
  }

  /**
   * Starts the nodes that do not run, and resolves when the cluster answers. On failure none is left that was started
   * here.
   */
  async start(): Promise<void> {
    try {
      await Promise.all(this.nodes.map((node) => node.start(async () => undefined)));
      await this.#ready(() =>
        this.nodes.map((node) => node.hopeless()).find((reason) => reason !== undefined),
      );
    } catch (error) {
      const startedHere = this.nodes.filter((node) => node.startedHere);
      await Promise.all(startedHere.map((node) => node.kill()));
      throw error;
    }
  }

  /** kill -9 of every node at once. */
  async kill(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
  }

  /** SIGTERM to every node, then waits. Throws StackError when one does not end in time. */
  async stop(): Promise<void> {
    const results = await Promise.allSettled(this.nodes.map((node) => node.stop()));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** Starts every node again on its data and port, after stopping those that run. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }
}
