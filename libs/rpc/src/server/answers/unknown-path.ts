import type { DescService } from '@bufbuild/protobuf';
import { nearestName } from '../../json/nearest';

/** `/package.Service/Method`. */
const pathShape = /^\/([\w.]{1,200})\/(\w{1,100})$/;

/** Contracts are named for the service that keeps them: billingrails.metering.v1. */
const packageShape = /^billingrails\.([a-z]+)\.v\d+\.(\w+)$/;

/** What to say of a path that no method has: who serves it, or what was probably meant, or what there is. */
export function unknownPathText(path: string, services: readonly DescService[]): string {
  const [, typeName, method] = pathShape.exec(path) ?? [];
  if (typeName === undefined || method === undefined) return `${NONE} ${example(services)}`;
  const service = services.find((each) => each.typeName === typeName);
  if (service !== undefined) return unknownMethodText(service, method);
  const [, keeper, name] = packageShape.exec(typeName) ?? [];
  const isOther = services.every((each) => packageShape.exec(each.typeName)?.[1] !== keeper);
  if (keeper !== undefined && isOther) return `${NONE} ${name} is served by ${keeper}, not here.`;
  return unknownServiceText(typeName, method, services);
}

const NONE = 'There is no such method.';

function unknownMethodText({ name, methods }: DescService, method: string): string {
  const names = methods.map((each) => each.name);
  const nearest = nearestName(method, names);
  if (nearest !== undefined) return `${name} has no method ${method}; did you mean ${nearest}?`;
  return `${name} has no method ${method}; it has ${names.join(', ')}.`;
}

function unknownServiceText(
  typeName: string,
  method: string,
  services: readonly DescService[],
): string {
  // The package is easily forgotten, so names without it are looked at, too.
  const short = typeName.split('.').at(-1) ?? '';
  const named = nearestName(
    short,
    services.map(({ name }) => name),
  );
  const service = services.find(({ name }) => name === named);
  if (service === undefined) return `${NONE} ${example(services)}`;
  const meant = nearestName(
    method,
    service.methods.map(({ name }) => name),
  );
  return `${NONE} Did you mean /${service.typeName}/${meant ?? method}?`;
}

function example(services: readonly DescService[]): string {
  const typeNames = services.map(({ typeName }) => typeName).join(', ');
  return `A path is /package.Service/Method, and the services here are ${typeNames}.`;
}
