import type { TransferError } from '../protocol/errors.js';
import type { Visit } from './visit.js';

/** In the order in which they are looked at. */
type CheckName =
  | 'dns'
  | 'proxy'
  | 'tcp'
  | 'tls'
  | 'route'
  | 'clock'
  | 'salt'
  | 'token'
  | 'upgrade'
  | 'scope'
  | 'session'
  | 'version'
  | 'round trip';

/** What a check that did not fail says. A warning changes nothing at the exit code. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'unchecked';
  readonly message: string;
}

/** One thing that may be wrong. */
export interface Check {
  readonly name: CheckName;
  /** Not looked at where one of these did not come to anything. */
  readonly needs: readonly CheckName[];
  /** Not looked at where one of these failed. */
  readonly after?: readonly CheckName[];
  /** @throws TransferError what is wrong, and what to change */
  look(visit: Visit): Promise<Finding>;
}

export interface CheckResult {
  readonly check: CheckName;
  readonly status: Finding['status'] | 'failed';
  readonly message: string;
  /** Of a check that failed. */
  readonly error?: TransferError;
}

export const ok = (message: string): Finding => ({ status: 'ok', message });
export const warning = (message: string): Finding => ({ status: 'warning', message });
export const unchecked = (message: string): Finding => ({ status: 'unchecked', message });
