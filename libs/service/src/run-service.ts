import type { DescService } from '@bufbuild/protobuf';
import { ConfigError, loadConfig } from '@billingrails/config';
import { createLogger, type Logger } from '@billingrails/log';
import { startRpcServer, type RpcServer } from '@billingrails/rpc';
import { backOffMs, rest } from '@billingrails/waits';
import type { z } from 'zod';
import { isAway, setupProblem } from './failures';
import { Openings, type Closable, type Opening } from './openings';
import type { serviceSettings } from './settings';

/** A service, in the order in which it starts. */
export interface ServiceDefinition<Schema extends z.ZodObject<Settings>, Connections> {
  readonly name: string;
  /** The environment that it reads. */
  readonly schema: Schema;
  /** What it will serve: health knows them while it waits. */
  readonly services: readonly DescService[];
  /** Connects to what it needs. Called again, from the beginning, as long as something is away. */
  readonly connect: (context: ConnectContext<z.output<Schema>>) => Promise<Connections>;
  /** Serves on these connections. What it returns is closed before them. Must leave nothing running when it fails. */
  readonly serve: (
    context: ServeContext<z.output<Schema>>,
    connections: Connections,
  ) => Promise<Closable>;
}

type Settings = ReturnType<typeof serviceSettings>;

export interface ConnectContext<Config> {
  readonly config: Config;
  readonly logger: Logger;
  readonly open: Opening;
}

export interface ServeContext<Config> {
  readonly config: Config;
  readonly logger: Logger;
  /** Ends the service, as SIGTERM does. */
  readonly stop: (exitCode: number) => void;
}

/** How long after a try that failed to make the next. */
const RETRY = { firstMs: 250, maxMs: 10_000 };

/** Runs a service until it is told to stop. Ends the process with 1 when it cannot serve as it is set. */
export async function runService<Schema extends z.ZodObject<Settings>, Connections>(
  definition: ServiceDefinition<Schema, Connections>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const config = settingsOf(definition.schema, env);
  const logger = createLogger({ service: definition.name, level: config.LOG_LEVEL });
  const life = new Life(definition, config, logger);
  process.once('SIGTERM', () => life.stop(0));
  process.once('SIGINT', () => life.stop(0));
  try {
    await life.start();
  } catch (error) {
    const problem = setupProblem(error);
    const message = `${definition.name} cannot start`;
    if (problem === undefined) logger.fatal({ err: error }, message);
    else logger.fatal({ reason: problem }, message);
    process.exit(1);
  }
}

function settingsOf<Schema extends z.ZodObject<Settings>>(schema: Schema, env: NodeJS.ProcessEnv) {
  try {
    return loadConfig(schema, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

class Life<Schema extends z.ZodObject<Settings>, Connections> {
  #serving: Closable | undefined;
  #openings = new Openings();
  #stopping = false;
  #waiting: RpcServer | undefined;

  constructor(
    private readonly definition: ServiceDefinition<Schema, Connections>,
    private readonly config: z.output<Schema>,
    private readonly logger: Logger,
  ) {}

  /** Resolves when it serves; rejects when waiting cannot help. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#try();
      } catch (error) {
        const { what } = this.#openings;
        await this.#letGo();
        if (!isAway(error)) throw error;
        this.#waiting ??= await this.#answerMeanwhile();
        const delayMs = backOffMs(RETRY, attempt);
        const reason = error instanceof Error ? error.message : String(error);
        const told = { waiting_for: what, reason, delay_ms: delayMs };
        this.logger.warn({ ...told, answering_at: this.#waiting.address }, `waiting for ${what}`);
        await rest(delayMs);
      }
    }
  }

  /** Closes what serves, then what it rests on, and lets the process end. */
  stop(exitCode: number): void {
    if (this.#stopping) return;
    this.#stopping = true;
    process.exitCode = exitCode;
    this.logger.info('stopping');
    // Nothing was taken yet, so there is nothing to finish.
    if (this.#serving === undefined) return this.#end(exitCode);
    void this.#close();
  }

  async #try(): Promise<void> {
    const { definition, config, logger } = this;
    this.#openings = new Openings();
    const { open } = this.#openings;
    const connections = await definition.connect({ config, logger, open });
    // The port is needed now.
    await this.#waiting?.close();
    this.#waiting = undefined;
    const stop = (exitCode: number): void => this.stop(exitCode);
    this.#serving = await definition.serve({ config, logger, stop }, connections);
  }

  async #close(): Promise<void> {
    try {
      await this.#serving?.close();
    } catch (error) {
      this.logger.error({ err: error }, 'what served could not be closed');
      process.exitCode = 1;
    }
    await this.#letGo();
    this.logger.info('stopped');
  }

  async #letGo(): Promise<void> {
    await this.#openings.close((error) =>
      this.logger.warn({ err: error }, 'a connection could not be closed'),
    );
  }

  #answerMeanwhile(): Promise<RpcServer> {
    const { name, services } = this.definition;
    const { HOST: host, PORT: port, CORS_ORIGINS: origins } = this.config;
    return startRpcServer({
      ...{ name, host, port, services, origins, logger: this.logger },
      routes: () => undefined,
      authenticate: () => Promise.reject(new Error('nothing that asks for a key is served yet')),
      waitsFor: () => this.#openings.what,
    });
  }

  #end(exitCode: number): void {
    this.logger.info('stopped');
    process.exit(exitCode);
  }
}
