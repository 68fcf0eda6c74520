import type { IncomingMessage } from 'node:http';
import type { RefusalCode } from '../../machines/admission.machine.js';
import { TransferError } from '../protocol/errors.js';
import { isObject } from '../protocol/plain-object.js';
import { limited, type TimeLimited } from '../transport/limited.js';
import { isRefusalCode } from './refusal.js';
import { createTokens, type TokenScope, type TokensOptions } from './tokens.js';

/** Why a client is let in no longer. */
export interface Withdrawal {
  /** `UNAUTHORIZED`: the client is not known. `FORBIDDEN`: it is known, and may not do that. */
  readonly code: 'UNAUTHORIZED' | 'FORBIDDEN';
}

/** Why a client is not let in. */
export interface Refusal {
  /** Decides the status and the words of the answer, which are those of a Strapi. */
  readonly code: RefusalCode;
  /** With `UNAUTHORIZED`: what the client showed was good, and its time is over. It is told so. @defaultValue false */
  readonly expired?: boolean | undefined;
}

/** Who a client is, to the server that has let it in. */
export interface Identity {
  /** For logs and for an operator. Never a secret. */
  readonly name: string;
  /** Whose content it works on, where a server has that of many. */
  readonly tenant?: string | undefined;
  /**
   * Asked before each message of the client and each batch that it is sent; null: the client may go on. Where this is
   * absent, the client may go on as long as its connection lasts. What it throws, or an answer that takes longer than
   * `limits.hookTimeout`, ends the session.
   */
  readonly recheck?: ((signal: AbortSignal) => Withdrawal | null | Promise<Withdrawal | null>) | undefined;
}

/** What else is known of a client that asks to be let in. */
export interface AskingClient {
  /** The secret that it shows: its bearer token, or what `credentials` reads. Undefined where it shows none. */
  readonly secret: string | undefined;
  /** Its address: see `trustedProxies`. */
  readonly address: string;
  /** Aborts when the client leaves, the time is over, or the server is closed. */
  readonly signal: AbortSignal;
}

/**
 * Decides who a client is, before its connection becomes a WebSocket. A fault of it (it throws, answers nothing of the
 * kind, or takes longer than `limits.hookTimeout`) refuses the client with 500, and goes to `onError`.
 *
 * @param request - the upgrade that the client asks for
 * @param direction - what it wants to do: `push` to this server, or `pull` from it
 * @param client - its secret and its address
 */
export type Authenticate = (
  request: IncomingMessage,
  direction: TokenScope,
  client: AskingClient,
) => Identity | Refusal | Promise<Identity | Refusal>;

/**
 * Lets in the clients that show a transfer token of a store. It is what a server does that is given `tokens`; call it from
 * an {@link Authenticate} of your own to let others in as well.
 *
 * @param options - where the tokens are kept, and what they are hashed with
 */
export function tokenAuthentication(options: TokensOptions): Authenticate {
  const tokens = createTokens(options);
  return async (_request, direction, { secret }) => {
    if (secret === undefined) return { code: 'UNAUTHORIZED' };
    const check = await tokens.check(secret, direction);
    if (!check.ok) return check;
    const { record } = check;
    return {
      name: record.name,
      async recheck() {
        const again = await tokens.recheck(record, direction);
        return again.ok ? null : again;
      },
    };
  };
}

/**
 * What an embedder's `authenticate` has answered: an identity or a refusal, and never what could be taken for one.
 * @throws TransferError HOOK_UNFIT
 */
export function checkedAnswer(answer: unknown): Identity | Refusal {
  if (isObject(answer)) {
    const { code, name, tenant, recheck } = answer;
    if (isRefusalCode(code)) return { code, expired: code === 'UNAUTHORIZED' && answer['expired'] === true };
    const isWhole = (text: unknown) => typeof text === 'string' && text.trim() !== '';
    const isIdentity = isWhole(name) && (tenant === undefined || isWhole(tenant));
    if (code === undefined && isIdentity && (recheck === undefined || typeof recheck === 'function'))
      return answer as unknown as Identity;
  }
  throw unfit('authenticate', '{name, tenant?}, or {code} with the code of a refusal');
}

/**
 * What an embedder's `recheck` has answered.
 * @throws TransferError HOOK_UNFIT
 */
function checkedWithdrawal(answer: unknown): Withdrawal['code'] | null {
  if (answer === null) return null;
  const code = isObject(answer) ? answer['code'] : undefined;
  if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN') return code;
  throw unfit('recheck', 'null, or {code} with UNAUTHORIZED or FORBIDDEN');
}

/** What asks the identity of a session whether it still holds: the code of a withdrawal where it does not. */
export function createRecheck(
  identity: Identity,
  limits: TimeLimited,
): () => Promise<Withdrawal['code'] | null> {
  if (identity.recheck === undefined) return async () => null;
  const late = new TransferError('HOOK_TIMED_OUT', { hook: 'recheck', ms: limits.timeLimit });
  return () => limited(limits, late, async (signal) => checkedWithdrawal(await identity.recheck?.(signal)));
}

/** The answer is not quoted: it may hold a secret. */
export const unfit = (hook: string, wanted: string): TransferError =>
  new TransferError('HOOK_UNFIT', { hook, wanted });
