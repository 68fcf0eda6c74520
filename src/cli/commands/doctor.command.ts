import type { CheckResult } from '../../doctor/check.js';
import { examine } from '../../doctor/examine.js';
import type { Scope } from '../../doctor/test-connection.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { asTyped, messageAsTyped } from '../better-words.js';
import { asFlags } from '../flag-words.js';
import type { Environment, Host } from '../host.js';
import { nameSetting, withNamedEnds } from '../profiles/named-ends.js';
import { onEndingSignals } from '../signals.js';
import { wholeNumber } from '../whole-number.js';
import { tellFailure } from '../wrong-arguments.js';

/** @param terminal Where a question is asked: the process itself, whose streams are no cleaned ones. */
export async function runDoctor(
  typed: string,
  given: Record<string, unknown>,
  host: Host,
  terminal: Host = host,
): Promise<number> {
  const isJson = given['json'] === true;
  const print = (fields: object) => host.stdout.write(`${JSON.stringify(fields)}\n`);
  const fail = (error: TransferError) => tellFailure(error, isJson, host);
  const stop = new AbortController();
  const stopListening = onEndingSignals(host, {
    first(aborted) {
      stop.abort(aborted);
      return true;
    },
    last: fail,
  });
  try {
    const flags = await withNamedEnds({ ...given, url: typed }, endFlags, host.env, () =>
      nameSetting(given, terminal),
    );
    const url = String(flags['url']);
    const asked = scopesOf(flags['scope']);
    const timeout = flags['timeout'];
    const { token, wanted } = tokenOf(flags['token'], asked, host.env);
    const { error } = await examine({
      url,
      wanted,
      token,
      timeLimit: timeout === undefined ? undefined : wholeNumber('--timeout', timeout),
      env: host.env,
      signal: stop.signal,
      onCheck: (result) => (isJson ? print(eventOf(result)) : host.stdout.write(`${lineOf(result)}\n`)),
    });
    // Without --json its check has told it.
    if (error !== null) return isJson ? fail(asTyped(error, otherFlags)) : error.row.exit;
    if (isJson) print({ event: 'result', ok: true, exitCode: 0 });
    return 0;
  } catch (thrown) {
    return fail(asTyped(toTransferError(thrown), otherFlags));
  } finally {
    stopListening();
  }
}

const endFlags = [{ end: 'url', token: 'token', tokenFlag: '--token', isServer: true }] as const;

/** Of options that are no flags of the same name. */
export const otherFlags = { timeLimit: '--timeout' };

function scopesOf(text: unknown): readonly Scope[] {
  if (typeof text !== 'string') return [];
  const words = text.split(',').map((word) => word.trim());
  const scopes = (['pull', 'push'] as const).filter((scope) => words.includes(scope));
  if (scopes.length === words.length) return scopes;
  const reason = 'use push, pull or push,pull';
  throw new TransferError('INVALID_OPTION', { option: '--scope', value: text, reason });
}

/** The token, and what it has to permit: the variables of a transfer's two ends say it by their names. */
function tokenOf(
  flag: unknown,
  asked: readonly Scope[],
  env: Environment,
): { readonly token?: string | undefined; readonly wanted: readonly Scope[] } {
  const named = { pull: env['STRAPI_TRANSFER_FROM_TOKEN'], push: env['STRAPI_TRANSFER_TO_TOKEN'] };
  if (typeof flag === 'string') return { token: flag, wanted: asked };
  const [only] = asked.length === 1 ? asked : [];
  const token = (only === undefined ? undefined : named[only]) ?? env['STRAPI_TRANSFER_TOKEN'];
  if (token !== undefined) return { token, wanted: asked };
  const scope = named.pull === undefined ? 'push' : 'pull';
  return { token: named[scope], wanted: asked.length > 0 ? asked : [scope] };
}

const words = { ok: 'ok: ', warning: 'take care: ', unchecked: 'not checked: ', failed: '' } as const;

/** `tls          ok: the certificate is trusted, until …` */
function lineOf({ check, status, message, error }: CheckResult): string {
  const said = error === undefined ? asFlags(message) : `${error.code}: ${messageAsTyped(error, otherFlags)}`;
  return `${check.padEnd(11)}  ${words[status]}${said}`;
}

function eventOf({ check, status, message, error }: CheckResult): object {
  if (error === undefined) return { event: 'check', check, status, message: asFlags(message) };
  const { code, details } = error;
  return { event: 'check', check, status, message: messageAsTyped(error, otherFlags), code, details };
}
