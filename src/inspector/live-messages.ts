import type { InspectionRecord, RecordingHeader } from '../inspect/records.js';
import type { InspectionState } from '../inspect/state.js';

/** What an inspector sends to a page, each in one WebSocket text frame. See docs/recording.md, "Live". */
export type ToPage =
  /** Comes first. `control` if the page may steer: it then needs the token of the link that opened it. */
  | { readonly type: 'hello'; readonly format: number; readonly version: string; readonly control: boolean }
  /** A process has connected. `reporter` names it in what follows: `p1`, `p2`, … */
  | { readonly type: 'reporter'; readonly reporter: string; readonly header: RecordingHeader }
  /**
   * The state of a process before the records that follow, which replaces the state that the page has. Comes after
   * `reporter`, and again if the page was too slow and records were left out.
   */
  | {
      readonly type: 'state';
      readonly reporter: string;
      readonly state: InspectionState;
      /** The total of the records that are no longer kept. */
      readonly dropped: number;
    }
  | { readonly type: 'records'; readonly reporter: string; readonly records: readonly InspectionRecord[] }
  /** The process or its connection has ended. Its records stay. */
  | { readonly type: 'gone'; readonly reporter: string }
  | {
      readonly type: 'controlled';
      readonly id: number;
      readonly done: boolean;
      /** Why the command was not carried out. */
      readonly reason: string;
    };

/** What a page may send if it may steer. */
export interface FromPage {
  readonly type: 'control';
  /** The page chooses it; `controlled` repeats it. */
  readonly id: number;
  readonly token: string;
  readonly reporter: string;
  /** `pause` holds the transfer before its next stage, `cut` terminates the socket. */
  readonly command: ControlCommand;
}

/** The commands of a page to a process. */
export type ControlCommand = 'pause' | 'resume' | 'abort' | 'cut';

const controlCommands: readonly unknown[] = ['pause', 'resume', 'abort', 'cut'] satisfies ControlCommand[];

export const isControlCommand = (value: unknown): value is ControlCommand => controlCommands.includes(value);

/**
 * What a process sends to its inspector, at `/report`. `challenge` and `proof` come first: each side proves that it
 * knows the secret of this user before the other side sends it anything else.
 */
export type ToInspector =
  /** Comes first. `nonce`: 64 random hexadecimal digits. */
  | { readonly type: 'challenge'; readonly nonce: string }
  /** The answer to `inspector`, if its proof is valid. */
  | { readonly type: 'proof'; readonly proof: string }
  /** Follows `welcome`. `control` if the process allows steering. */
  | { readonly type: 'reporter'; readonly header: RecordingHeader; readonly control: boolean }
  | { readonly type: 'records'; readonly records: readonly InspectionRecord[] }
  /** The command was carried out if `reason` is empty. */
  | { readonly type: 'controlled'; readonly id: number; readonly reason: string };

/** What an inspector sends to a process that reports to it. */
export type ToReporter =
  /** The answer to `challenge`. */
  | {
      readonly type: 'inspector';
      readonly format: number;
      readonly version: string;
      /** Whether the inspector's page may steer processes that allow it. */
      readonly control: boolean;
      readonly nonce: string;
      readonly proof: string;
    }
  /** The proof is valid: records may come. */
  | { readonly type: 'welcome' }
  | { readonly type: 'control'; readonly id: number; readonly command: ControlCommand };
