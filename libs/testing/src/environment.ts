import { TestEnvironment } from 'jest-environment-node';
import {
  guardProcess,
  makeTemporaryFolder,
  releaseProcess,
  removeTemporaryFolder,
} from '@billingrails/servers';
import type { TestWorker } from './shared-mongo';

/** Jest loads this file once for the process that runs test files one after the other, and those anew for each. */
const worker: TestWorker = {
  guardProcess,
  releaseProcess,
  makeTemporaryFolder,
  removeTemporaryFolder,
};

/** Jest's own for Node, with what outlives a test file. */
// eslint-disable-next-line no-restricted-exports -- Jest asks for it.
export default class extends TestEnvironment {
  override async setup(): Promise<void> {
    await super.setup();
    this.global['testWorker'] = worker;
  }
}
