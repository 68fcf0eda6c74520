import type { Side } from '../inspect/records.js';
import type { ControlCommand } from '../inspector/live-messages.js';
import type { CommandInspection } from '../inspector/start-inspection.js';
import { TransferError } from '../protocol/errors.js';
import { asFlags } from './flag-words.js';

type Flags = Readonly<Record<string, unknown>>;

export type Watching = Pick<CommandInspection, 'page' | 'close'> &
  Partial<Pick<CommandInspection, 'inspect'>>;

export interface Watched {
  readonly roles: readonly Side[];
  readonly note: (text: string) => void;
  /** Does what the page asks, where `--inspect-control` lets it; throws the reason where it cannot be done. */
  readonly onControl: (command: ControlCommand) => void;
}

const unwatched: Watching = { page: null, close: async () => {} };

/** Loads nothing without the flags. @throws TransferError INVALID_OPTION, RECORDING_UNWRITABLE, INSPECTOR_PORT */
export async function startWatching(
  { inspect, inspectControl, record, recordData }: Flags,
  { roles, note, onControl }: Watched,
): Promise<Watching> {
  const control = inspectControl === true;
  if (control && inspect === undefined) {
    const reason = 'it is for the page of --inspect: give that too';
    throw new TransferError('INVALID_OPTION', { option: '--inspect-control', value: 'alone', reason });
  }
  if (inspect === undefined && record === undefined) return unwatched;
  const { startInspection } = await import('../inspector/start-inspection.js');
  return startInspection({
    roles,
    note: (text) => note(asFlags(text)),
    port: inspect === undefined ? undefined : portOf(inspect),
    onControl: control ? onControl : undefined,
    record: typeof record === 'string' ? record : undefined,
    recordData: recordData === true,
  });
}

/** The port of the page; a flag without one has the default. */
export function portOf(value: unknown, option = '--inspect'): number {
  if (value === true || value === undefined) return defaultPort;
  const port = Number(value);
  if (typeof value === 'string' && /^\d+$/.test(value) && port <= 65_535) return port;
  const reason = 'use 0 to 65535; 0 lets the system choose';
  throw new TransferError('INVALID_OPTION', { option, value, reason });
}

/** The port of the page if none is given. Defined here, so that no module has to be loaded for it. */
const defaultPort = 4747;
