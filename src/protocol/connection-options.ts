import { type Given, withDefaults } from './given.js';
import { checkDelay } from './retry.js';

/** When a connection counts as dead. All in milliseconds. */
export interface ConnectionOptions {
  /** Until the WebSocket handshake must be complete. @defaultValue 30000 */
  readonly connectTimeout: number;
  /** Nothing received and nothing drained for so long: the connection is dead. @defaultValue 10000 */
  readonly heartbeatTimeout: number;
  /**
   * The same while an answer is due that keeps a Strapi busy (`beforeTransfer`, `start` of assets, `end` of a stage,
   * `close`): it answers no ping then. @defaultValue 180000
   */
  readonly busyTimeout: number;
  /**
   * In a pull, for how long a server that is alive may send no batch of the stage in progress. Strapi's own client
   * waits as long for a stalled asset. @defaultValue 300000
   */
  readonly batchTimeout: number;
  /** How long a closing handshake may take before the socket is cut. @defaultValue 2000 */
  readonly closeTimeout: number;
}

/** What counts where nothing else is said; see {@link ConnectionOptions}. */
export const defaultConnectionOptions: ConnectionOptions = {
  connectTimeout: 30_000,
  heartbeatTimeout: 10_000,
  busyTimeout: 180_000,
  batchTimeout: 300_000,
  closeTimeout: 2_000,
};

/**
 * The given options over the defaults.
 * @throws TransferError INVALID_OPTION where a timer cannot hold the value
 */
export function checkConnectionOptions(
  options: Given<ConnectionOptions> = {},
  defaults: ConnectionOptions = defaultConnectionOptions,
): ConnectionOptions {
  const checked: ConnectionOptions = withDefaults(defaults, options);
  for (const [name, value] of Object.entries(checked)) checkDelay(name, value);
  return checked;
}
