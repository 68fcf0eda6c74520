import { styleText } from 'node:util';
import type { Environment, Output } from '../host.js';

type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_, text) => text;

const coloured: Paint = (style, text) =>
  text === '' ? text : styleText(style, text, { validateStream: false });

/** Colours where a person looks on: NO_COLOR and FORCE_COLOR decide, then whether it is a terminal. */
export function paintFor({ isTTY }: Output, { NO_COLOR, FORCE_COLOR, TERM }: Environment): Paint {
  if ((NO_COLOR ?? '') !== '' || FORCE_COLOR === '0' || FORCE_COLOR === 'false') return plain;
  if (FORCE_COLOR !== undefined) return coloured;
  return isTTY === true && TERM !== 'dumb' ? coloured : plain;
}

/** What is drawn with: of Unicode, or of ASCII where the terminal's font or encoding has no more. */
export interface Glyphs {
  readonly spinner: readonly string[];
  readonly full: string;
  readonly empty: string;
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly arrow: string;
  readonly ellipsis: string;
}

const unicode: Glyphs = {
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  full: '━',
  empty: '─',
  done: '✔',
  failed: '✖',
  warning: '▲',
  arrow: '→',
  ellipsis: '…',
};

const ascii: Glyphs = {
  spinner: ['-', '\\', '|', '/'],
  full: '#',
  empty: '-',
  done: '*',
  failed: 'x',
  warning: '!',
  arrow: '->',
  ellipsis: '...',
};

/** Linux's own console, and locales that name another encoding than UTF-8, have ASCII only. */
export function glyphsFor({ TERM, LC_ALL, LC_CTYPE, LANG }: Environment): Glyphs {
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8';
  return TERM === 'linux' || !/utf-?8/i.test(locale) ? ascii : unicode;
}
