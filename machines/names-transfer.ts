import type { SessionRequest } from '../src/protocol/requests.js';

/** Whether a request names its transfer: commands name none, except `end`, which names the one that it ends. */
export const mustNameTransfer = ({ type }: SessionRequest): boolean => !namesNone.includes(type);

const namesNone: readonly SessionRequest['type'][] = ['request.init', 'request.status', 'request.invalid'];

/**
 * Whether a request may come while the transfer of this id is in progress: it names that one, or need name none.
 * @param transferID The id that `init` was answered with; null while no transfer is in progress.
 */
export const namesTransfer = (request: SessionRequest, transferID: string | null): boolean =>
  transferID === null || request.transferID === transferID || !mustNameTransfer(request);
