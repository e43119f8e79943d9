import type { Interceptor } from '@connectrpc/connect';
import { callKey, rememberCall } from '../call';
import { shuttingDown } from '../errors/shutting-down';
import { abortionOf, untilAborted } from './streams';

/**
 * Ends a call when its signal is aborted (deadline, caller gone, server closing), also when its handler does not look
 * at the signal. `refusing` tells when the server no longer takes calls.
 */
export function keepDeadlines(refusing: () => boolean): Interceptor {
  return (next) => async (request) => {
    const call = request.contextValues.get(callKey);
    if (call !== undefined) {
      call.reached = true;
      rememberCall(request.signal, call);
      if (call.failure !== undefined) throw call.failure;
    }
    if (refusing()) throw shuttingDown();
    const abortion = abortionOf(request.signal);
    try {
      const response = await Promise.race([next(request), abortion.promise]);
      if (!response.stream) return response;
      return { ...response, message: untilAborted(response.message, request.signal) };
    } finally {
      abortion.forget();
    }
  };
}
