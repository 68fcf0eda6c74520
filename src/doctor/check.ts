import type { TransferError } from '../protocol/errors.js';
import type { Examination } from './examination.js';

/** In the order in which they run. */
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

/** The result of a check that did not fail. A warning does not change the exit code. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'unchecked';
  readonly message: string;
}

export interface Check {
  readonly name: CheckName;
  /** The check is skipped if one of these failed or had no result. */
  readonly needs: readonly CheckName[];
  /** The check is skipped if one of these failed. */
  readonly after?: readonly CheckName[];
  look(examination: Examination): Promise<Finding>;
}

export interface CheckResult {
  readonly check: CheckName;
  readonly status: Finding['status'] | 'failed';
  readonly message: string;
  readonly error?: TransferError;
}

export const ok = (message: string): Finding => ({ status: 'ok', message });
export const warning = (message: string): Finding => ({ status: 'warning', message });
export const unchecked = (message: string): Finding => ({ status: 'unchecked', message });
