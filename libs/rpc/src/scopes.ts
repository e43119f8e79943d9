import { getOption, hasOption, type DescMethod } from '@bufbuild/protobuf';
import {
  required_scope,
  Scope,
  ScopeSchema,
} from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { assert, DomainError } from '@billingrails/errors';
import { enumWords } from './json/enum-words';
import type { Principal } from './principal';

const WORDS = enumWords(ScopeSchema);

/** The scope that the contract asks of a method's callers. A method without one is a mistake, and stops the start. */
export function requiredScope(method: DescMethod): Scope {
  const scope = hasOption(method, required_scope) ? getOption(method, required_scope) : undefined;
  assert(
    scope !== undefined && scope !== Scope.UNSPECIFIED,
    `${method.parent.typeName}.${method.name} says which scope it needs`,
  );
  return scope;
}

/** The refusal of a key that lacks the scope: which it has, and which the method needs. */
export function scopeMissing(
  { scopes }: Principal,
  needed: Scope,
  method: DescMethod,
): DomainError {
  const held = WORDS.filter((_, index) => scopes.has(index + 1));
  const word = WORDS[needed - 1] ?? '';
  const has =
    held.length === 0 ? 'no scope' : `the scope${held.length > 1 ? 's' : ''} ${held.join(', ')}`;
  const message = `${method.parent.name}.${method.name} needs a key with the scope ${word}; this key has ${has}.`;
  const metadata = { required_scope: word, key_scopes: held.join(',') };
  return new DomainError('forbidden', 'SCOPE_MISSING', message, [], { metadata });
}
