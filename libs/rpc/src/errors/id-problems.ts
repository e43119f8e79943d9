import { ScalarType, type DescMessage, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { DomainError, withViolations, type Violation } from '@billingrails/errors';
import { idProblem, prefixOfField } from '@billingrails/ids';

/** Kinds of errors that say that something was not there. */
const kinds: readonly unknown[] = ['not_found', 'precondition'];

/**
 * The error, and with it what is wrong with the ids of the request: nothing is found by the id of another kind of
 * thing, or by a name. One place for every method, since fields that hold ids are named for what the ids name.
 */
export function withIdProblems(error: unknown, schema: DescMessage, message: Message): unknown {
  if (!(error instanceof DomainError) || !kinds.includes(error.kind)) return error;
  const problems = [...problemsOf(reflect(schema, message), '')];
  if (problems.length === 0) return error;
  const fields = problems.map(({ field }) => field);
  const others = error.violations.filter(({ field }) => !fields.includes(field));
  return withViolations(error, [...problems, ...others]);
}

function* problemsOf(message: ReflectMessage, path: string): Generator<Violation> {
  if (message.desc.typeName.startsWith('google.protobuf.')) return;
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    const place = path + field.name;
    if (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) {
      const prefix = prefixOfField(field.name);
      const description = prefix && idProblem(prefix, String(message.get(field)));
      if (description !== undefined) yield { field: place, description };
    } else if (field.fieldKind === 'message') {
      yield* problemsOf(message.get(field), `${place}.`);
    } else if (field.fieldKind === 'list' && field.listKind === 'message') {
      let index = 0;
      for (const item of message.get(field))
        yield* problemsOf(item as ReflectMessage, `${place}[${index++}].`);
    }
  }
}
