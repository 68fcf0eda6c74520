import type { Host } from '../host.js';
import { knownNames } from './named-ends.js';

const commands = ['transfer', 'diff', 'doctor'];
const flags = ['--from', '--to', '--backup'];

/** Prints the names of ends that the last word may become: `name`, tab, what it is, as completion scripts read them. */
export async function printNames(words: readonly string[], { stdout }: Pick<Host, 'stdout'>): Promise<void> {
  if (!commands.includes(words[0] ?? '')) return;
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  const [, joined, value = ''] = /^(--\w+)=(.*)$/s.exec(last) ?? [];
  const begun = joined === undefined ? last : value;
  const isEnd = flags.includes(joined ?? before) || (!before.startsWith('-') && !last.startsWith('-'));
  if (!isEnd || words.length < 2) return;
  for (const name of await knownNames()) {
    if (name.startsWith(begun)) stdout.write(`${name}\tan end of ferry.json\n`);
  }
}
