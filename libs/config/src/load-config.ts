import type { z } from 'zod';

/** The environment is unusable. The message names every bad variable and holds no value of any. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  }
}

/**
 * Reads the variables that `schema` names. A variable set to the empty string counts as unset, as that is what
 * compose files make of a missing value. Throws a ConfigError that names every bad variable at once.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  env: NodeJS.ProcessEnv,
): z.output<Schema> {
  const present = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = issue.path.map(String).join('.') || 'environment';
      return name in present || issue.path.length === 0
        ? `${name}: ${issue.message}`
        : `${name}: is required`;
    }),
  );
}
