import type { TokenScope } from './tokens.js';

/** A client that was let in, and what it wants to do: who asks for the stores of its session. */
export interface Asker {
  /** Names this session; no other one of any server has it. */
  readonly id: string;
  /** `push` to this server, or `pull` from it. */
  readonly direction: TokenScope;
  /** What `authenticate` calls the client: the name of its token, where tokens are. Never the token itself. */
  readonly name: string;
  /** Whose content the client works on, where `authenticate` says that. */
  readonly tenant?: string | undefined;
  /** The address of the client: see `trustedProxies`. */
  readonly address: string;
}

/** What is known of a session when it starts. */
export interface SessionInfo extends Asker {
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}
