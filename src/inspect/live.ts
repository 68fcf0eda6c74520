import type { InspectionRecord, RecordingHeader } from './records.js';
import type { InspectionState } from './state.js';

/** What an inspector tells a page, each in one WebSocket text frame. See docs/recording.md, "Live". */
export type ToPage =
  /** First of all. `control` where the page may steer: it then needs the token of the link that it was opened by. */
  | { readonly type: 'hello'; readonly format: number; readonly version: string; readonly control: boolean }
  /** A process reports. `reporter` names it in what follows: `p1`, `p2`, … */
  | { readonly type: 'reporter'; readonly reporter: string; readonly header: RecordingHeader }
  /**
   * Where everything of a process stood before the records that follow: begin anew with it. Comes after `reporter`, and
   * again where the page was too slow and records had to be left out.
   */
  | {
      readonly type: 'state';
      readonly reporter: string;
      readonly state: InspectionState;
      /** Records that are not kept any more, all in all. */
      readonly dropped: number;
    }
  | { readonly type: 'records'; readonly reporter: string; readonly records: readonly InspectionRecord[] }
  /** The process has ended, or its connection has. Its records stay. */
  | { readonly type: 'gone'; readonly reporter: string }
  | {
      readonly type: 'controlled';
      readonly id: number;
      readonly done: boolean;
      /** Why not. */
      readonly reason: string;
    };

/** What a page may ask, where it may steer. */
export interface FromPage {
  readonly type: 'control';
  /** Of the page's choosing; `controlled` repeats it. */
  readonly id: number;
  readonly token: string;
  readonly reporter: string;
  /** `pause` holds the transfer before its next stage, `cut` terminates the socket. */
  readonly command: ControlCommand;
}

/** What a page may ask of the process that it watches. */
export type ControlCommand = 'pause' | 'resume' | 'abort' | 'cut';

const controlCommands: readonly unknown[] = ['pause', 'resume', 'abort', 'cut'] satisfies ControlCommand[];

export const isControlCommand = (value: unknown): value is ControlCommand => controlCommands.includes(value);

/**
 * What a process tells the inspector that it reports to, at `/report`. `challenge` and `proof` come first: each side
 * proves that it knows the secret of this user before the other one tells it anything.
 */
export type ToInspector =
  /** First of all. `nonce`: 64 random hexadecimal digits. */
  | { readonly type: 'challenge'; readonly nonce: string }
  /** The answer to `inspector`, where its proof holds. */
  | { readonly type: 'proof'; readonly proof: string }
  /** After `welcome`. `control` where it lets itself be steered. */
  | { readonly type: 'reporter'; readonly header: RecordingHeader; readonly control: boolean }
  | { readonly type: 'records'; readonly records: readonly InspectionRecord[] }
  /** It was done, where `reason` is empty. */
  | { readonly type: 'controlled'; readonly id: number; readonly reason: string };

/** What it is told. */
export type ToReporter =
  /** The answer to `challenge`. */
  | {
      readonly type: 'inspector';
      readonly format: number;
      readonly version: string;
      /** Whether its page may steer what reports here and lets itself be steered. */
      readonly control: boolean;
      readonly nonce: string;
      readonly proof: string;
    }
  /** The proof holds: records may come. */
  | { readonly type: 'welcome' }
  | { readonly type: 'control'; readonly id: number; readonly command: ControlCommand };
