import type { SessionRequest } from '../src/protocol/requests.js';

/**
 * Whether a request may come while the transfer of this id is in progress: it names that one, or is of a kind that names
 * none. Commands name no transfer, except `end`, which names the one that it ends.
 * @param transferID The id that `init` was answered with; null while no transfer is in progress.
 */
export const namesTransfer = (request: SessionRequest, transferID: string | null): boolean =>
  transferID === null || request.transferID === transferID || namesNone.includes(request.type);

const namesNone: readonly SessionRequest['type'][] = ['request.init', 'request.status', 'request.invalid'];
