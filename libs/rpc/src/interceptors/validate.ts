import { create, type DescMessage, type DescService, type Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import type { Interceptor } from '@connectrpc/connect';
import { invalid, type Violation } from '@billingrails/errors';
import { ruleWords } from './rule-words';
import { validator } from './validator';

/**
 * Holds requests to the rules in their contract (buf.validate) and reports every violation at once. The rules of
 * `services` are compiled now, so that one that cannot be compiled stops the start and not the first call.
 */
export function validateRequests(services: readonly DescService[]): Interceptor {
  const violationsOf = (schema: DescMessage, message: Message): Violation[] => {
    const result = validator.validate(schema, message);
    if (result.kind === 'error') throw result.error;
    return (result.violations ?? []).map((broken) => ({
      field: pathToString(broken.field),
      description: ruleWords(broken),
    }));
  };
  const check = (schema: DescMessage, message: Message): void => {
    const violations = violationsOf(schema, message);
    if (violations.length === 0) return;
    throw invalid('REQUEST_INVALID', 'The request breaks the rules of its contract.', violations);
  };
  for (const { input } of services.flatMap((service) => service.methods)) {
    violationsOf(input, create(input));
  }
  return (next) => async (request) => {
    const { input } = request.method;
    if (!request.stream) {
      check(input, request.message);
      return await next(request);
    }
    return await next({ ...request, message: checked(request.message, (m) => check(input, m)) });
  };
}

async function* checked<T>(messages: AsyncIterable<T>, check: (message: T) => void) {
  for await (const message of messages) {
    check(message);
    yield message;
  }
}
