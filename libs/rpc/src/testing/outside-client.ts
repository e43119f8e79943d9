import { join } from 'node:path';
import {
  credentials,
  loadPackageDefinition,
  Metadata,
  type ChannelOptions,
  type Client,
  type GrpcObject,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = join(__dirname, '../../../../proto');

/** A method of a client whose service is only known when it runs. */
export type AnyMethod = (...parameters: unknown[]) => unknown;

/**
 * A plain grpc-js client made from the .proto files by @grpc/proto-loader: nothing of it comes from the code or the
 * runtime that the server is made with.
 */
export function outsideClient(
  file: string,
  service: string,
  port: number,
  options: ChannelOptions = {},
): Client & Record<string, AnyMethod> {
  const definition = loadSync(file, {
    includeDirs: [PROTO_ROOT, join(PROTO_ROOT, 'vendor')],
    keepCase: true,
    enums: String,
    longs: String,
    oneofs: true,
  });
  let found: GrpcObject | GrpcObject[string] = loadPackageDefinition(definition);
  for (const name of service.split('.')) found = (found as GrpcObject)[name] ?? {};
  const Service = found as ServiceClientConstructor;
  const client: unknown = new Service(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  return client as Client & Record<string, AnyMethod>;
}

/** What a unary call gave. */
export interface Outcome {
  readonly error?: { code: number; details: string; metadata: Metadata };
  readonly answer?: Record<string, unknown>;
}

/** Calls a unary method, and returns either what it answered or what it failed with. */
export function call(
  client: Client & Record<string, AnyMethod>,
  method: string,
  request: object,
  { key, timeoutMs }: { key?: string; timeoutMs?: number } = {},
): Promise<Outcome> {
  const metadata = new Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
  return new Promise((resolve) => {
    client[method]?.(
      request,
      metadata,
      options,
      (error: Outcome['error'] | null, answer: Record<string, unknown>) =>
        resolve(error ? { error } : { answer }),
    );
  });
}
