/**
 * Remembers what a test file could change of the process: global variables, settings, the current folder,
 * listeners, the way it exits. The answer puts all back.
 */
export function keepProcess(): () => void {
  const globals = Object.getOwnPropertyDescriptors(globalThis);
  const env = { ...process.env };
  const { exit, exitCode } = process;
  const folder = process.cwd();
  const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
  return () => {
    restoreGlobals(globals);
    for (const name of Object.keys(process.env))
      if (!(name in env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    Object.assign(process, { exit, exitCode });
    process.chdir(folder);
    for (const name of process.eventNames()) {
      const kept = listeners.get(name) ?? [];
      for (const listener of process.rawListeners(name)) {
        if (!kept.includes(listener)) process.off(name, listener as () => void);
      }
    }
  };
}

function restoreGlobals(before: Record<PropertyKey, PropertyDescriptor>): void {
  for (const name of Reflect.ownKeys(globalThis)) {
    if (!(name in before)) Reflect.deleteProperty(globalThis, name);
  }
  for (const name of Reflect.ownKeys(before)) {
    const was = before[name] as PropertyDescriptor;
    // What has no value yet is made at its first use.
    if (!('value' in was)) continue;
    if (Reflect.getOwnPropertyDescriptor(globalThis, name)?.value !== was.value) {
      Reflect.defineProperty(globalThis, name, was);
    }
  }
}
