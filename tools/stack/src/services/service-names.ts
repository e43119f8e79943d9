/** The gateway and the services, each with the port it has unless another program has it. */
export const USUAL_SERVICE_PORTS = {
  gateway: 7000,
  ingest: 7001,
  metering: 7002,
  billing: 7003,
  invoicing: 7004,
  webhooks: 7005,
  access: 7006,
} as const;

export type ServiceName = keyof typeof USUAL_SERVICE_PORTS;

export const SERVICE_NAMES = Object.keys(USUAL_SERVICE_PORTS) as ServiceName[];

/** One address for each service. */
export type ServiceUrls = Readonly<Record<ServiceName, string>>;
