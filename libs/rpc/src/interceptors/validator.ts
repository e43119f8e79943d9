import { createValidator } from '@bufbuild/protovalidate';

/** Compiles the rules of a message when it first meets one, and keeps nothing else. */
export const validator = createValidator();
