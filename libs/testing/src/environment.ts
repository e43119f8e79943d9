import { ModuleMocker } from 'jest-mock';
import {
  guardProcess,
  makeTemporaryFolder,
  releaseProcess,
  removeTemporaryFolder,
} from '@billingrails/servers';
import { keepProcess } from './keep-process';
import type { TestWorker } from './shared-mongo';

/** Jest loads this file once for the process that runs test files one after the other, and those anew for each. */
const worker: TestWorker = {
  guardProcess,
  releaseProcess,
  makeTemporaryFolder,
  removeTemporaryFolder,
};
Object.assign(globalThis, { testWorker: worker });

/**
 * Test files run in the process's own context, not each in a context of its own as with Jest's environment for Node:
 * there every use of a global is looked up through a proxy, and packages cannot be shared (../jest-runtime.cjs), which
 * together made tests take half as long again. What a file changes of the process is undone after it.
 */
// eslint-disable-next-line no-restricted-exports -- Jest asks for it.
export default class Environment {
  readonly global = globalThis;
  readonly moduleMocker = new ModuleMocker(this.global);
  /** None: code takes a clock (fake-clock.ts). */
  readonly fakeTimers = null;
  readonly fakeTimersModern = null;
  readonly #restore = keepProcess();

  /** As if the project's tests were run alone, in its folder. */
  constructor({ projectConfig }: { readonly projectConfig: { readonly rootDir: string } }) {
    process.chdir(projectConfig.rootDir);
  }

  exportConditions(): string[] {
    return ['node', 'node-addons'];
  }

  /** Jest asks whether there is one; the modules' code does not run in it. */
  getVmContext(): object {
    return this.global;
  }

  async setup(): Promise<void> {}

  async teardown(): Promise<void> {
    this.#restore();
  }
}
