/** A service that calls are passed on to. */
export interface ServiceRow {
  /** Where it listens unless told otherwise. */
  readonly port: number;
  /** What else it is posted to by others, by how the paths begin. */
  readonly paths?: readonly string[];
}

/**
 * Every service behind the gateway: it is given the paths that begin with /billingrails.<name>. and is found at the
 * address that the setting <NAME>_URL holds. A new service is a new row.
 */
export const SERVICE_ROWS = {
  ingest: { port: 7001 },
  metering: { port: 7002 },
  billing: { port: 7003 },
  invoicing: { port: 7004, paths: ['/webhooks/stripe/'] },
  webhooks: { port: 7005 },
  access: { port: 7006 },
} as const satisfies Readonly<Record<string, ServiceRow>>;

export type ServiceName = keyof typeof SERVICE_ROWS;

export const SERVICE_NAMES = Object.keys(SERVICE_ROWS) as ServiceName[];

const packageShape = /^\/billingrails\.([a-z]+)\./;

const others = SERVICE_NAMES.flatMap((name) => {
  const { paths = [] }: ServiceRow = SERVICE_ROWS[name];
  return paths.map((path) => ({ name, path }));
});

/** Who answers calls with this path; undefined when nobody does. */
export function serviceOfPath(path: string): ServiceName | undefined {
  const name = packageShape.exec(path)?.[1];
  if (name === undefined) return others.find((other) => path.startsWith(other.path))?.name;
  return isServiceName(name) ? name : undefined;
}

/** The setting that says where a service is. */
export function settingOf(name: ServiceName): Uppercase<`${ServiceName}_url`> {
  return `${name}_url`.toUpperCase() as Uppercase<`${ServiceName}_url`>;
}

function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(SERVICE_ROWS, name);
}
