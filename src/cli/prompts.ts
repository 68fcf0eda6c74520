import type { Readable, Writable } from 'node:stream';
import { TransferError } from '../protocol/errors.js';
import type { Environment, Host } from './host.js';
import { cleanerFor } from './report/clean.js';
import type { Report } from './report/report.js';

interface Choice<Key extends string> {
  readonly value: Key;
  readonly label: string;
}

/** Questions to a person at the terminal. Ctrl-C at one of them is ABORTED. */
export interface Prompts {
  /** @param signal Takes the question back: it is ABORTED, too. */
  confirm(sentence: string, signal?: AbortSignal): Promise<boolean>;
  /** One of several answers, each a key; Enter is the first. */
  choose<Key extends string>(
    sentence: string,
    choices: readonly [Choice<Key>, ...Choice<Key>[]],
  ): Promise<Key>;
  /** A text that is not shown while it is typed, never empty. */
  secret(sentence: string): Promise<string>;
}

/** Completes "because"; null where it can ask. A run in CI, or one that a program reads, must never wait. */
export function whyNotAsk(
  flags: Readonly<Record<string, unknown>>,
  host: Pick<Host, 'env' | 'stdin' | 'stdout'>,
): string | null {
  if (flags['json'] === true) return '--json was given';
  if (isSet(host.env, 'CI')) return 'CI is set';
  if (host.stdin.isTTY !== true) return 'stdin is no terminal';
  if (host.stdout.isTTY !== true) return 'stdout is no terminal';
  return null;
}

const isSet = (env: Environment, name: string) => !['', '0', 'false'].includes(env[name] ?? '');

/** Loads the library with the first question. */
export function createPrompts(host: Pick<Host, 'env' | 'argv' | 'stdin' | 'stdout'>): Prompts {
  const { stdin, stdout } = host;
  const clean = cleanerFor(host);
  const streams = { input: stdin as Readable, output: stdout as unknown as Writable };
  return {
    async confirm(sentence, signal) {
      const message = clean(sentence);
      const { confirm, isCancel } = await import('@clack/prompts');
      const given = signal === undefined ? streams : { ...streams, signal };
      const answer = await confirm({ message, initialValue: false, ...given });
      if (isCancel(answer)) throw interrupted();
      return answer;
    },
    async choose(sentence, choices) {
      const message = clean(sentence);
      const { selectKey, isCancel } = await import('@clack/prompts');
      const [{ value: first }] = choices;
      const options: { value: typeof first; label: string }[] = choices.map((choice) => ({ ...choice }));
      const answer = await selectKey<string>({ message, options, initialValue: first, ...streams });
      if (isCancel(answer)) throw interrupted();
      // Enter without a key answers nothing.
      return choices.find(({ value }) => value === answer)?.value ?? first;
    },
    async secret(sentence) {
      const message = clean(sentence);
      const { password, isCancel } = await import('@clack/prompts');
      const validate = (text: string | undefined) => (text ? undefined : 'It cannot be empty.');
      const answer = await password({ message, validate, ...streams });
      if (isCancel(answer)) throw interrupted();
      return answer;
    },
  };
}

export function askingAside(ask: Prompts, report: () => Pick<Report, 'pause' | 'resume'>): Prompts {
  const aside = async <T>(question: () => Promise<T>): Promise<T> => {
    report().pause();
    try {
      return await question();
    } finally {
      report().resume();
    }
  };
  return {
    confirm: (sentence, signal) => aside(() => ask.confirm(sentence, signal)),
    choose: (sentence, choices) => aside(() => ask.choose(sentence, choices)),
    secret: (sentence) => aside(() => ask.secret(sentence)),
  };
}

const interrupted = () => new TransferError('ABORTED', { by: 'Ctrl-C' });
