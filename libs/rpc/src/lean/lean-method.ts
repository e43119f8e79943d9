import type { DescMethodUnary } from '@bufbuild/protobuf';
import type { Principal } from '../principal';

/**
 * A unary method that is also served without the RPC runtime, which costs several times what a small call does. The
 * lean path takes lean calls: whole, uncompressed, gRPC or Connect. Everything else, every error included, is the
 * runtime's.
 */
export interface LeanMethod {
  readonly method: DescMethodUnary;
  /**
   * Answers the message, in the encoding it came in; undefined when this call is better left to the method's ordinary
   * handler, which then gets it as if nothing had happened. What is thrown is answered as if that handler threw it. The
   * contract's rules (buf.validate) are not looked at before.
   */
  readonly handle: (message: Buffer, call: LeanCall) => Promise<Uint8Array> | undefined;
}

/** What a lean handler knows of its call. */
export interface LeanCall {
  readonly encoding: 'proto' | 'json';
  readonly principal: Principal;
  /** Aborted when the caller left, its deadline passed or the server ends. Without events. */
  readonly signal: { readonly aborted: boolean };
  /** Milliseconds until the deadline. */
  remainingMs(): number;
}
