import type { TransferResult } from '../transfer/create-transfer.js';

/** What the library says of its options, and what the command says in its place: its flags. */
const commandWords: readonly (readonly [library: string, command: string])[] = [
  ['a server of Ferry up to `limits.frameSize`', 'strapi-ferry serve up to --limit frameSize=<bytes>'],
  ['`connectionOptions.heartbeatTimeout`', '--heartbeat-timeout'],
  ['`connectionOptions.busyTimeout`', '--busy-timeout'],
  ['`retryMessageOptions.retryMessageTimeout`', '--retry-message-timeout'],
  ['`retryMessageOptions.retryMessageMaxRetries`', '--retry-message-max-retries'],
  ['with `excludeContentTypes`: ', 'with --exclude-content-types '],
  ['`excludeContentTypes` leaves the rows', '--exclude media-library leaves the rows'],
  [
    '`exclude` of files moves the rows without any files, and',
    '--exclude files moves the rows without any files, --exclude media-library neither, and',
  ],
  ['`only`', '--only'],
  ['`exclude`', '--exclude'],
  ['`allowMissingFiles`', '--allow-missing-files'],
  ['`strict`', '--strict'],
  ['`excludeContentTypes`', '--exclude-content-types'],
  ['`documents`', '--documents'],
  ['`since`', '--since'],
  ['`locales`', '--locale'],
  ['`closure`', '--closure'],
  ["`onConflict: 'replace'`", '--on-conflict replace'],
  ["`onConflict: 'keep'`", '--on-conflict keep'],
  ['`onConflict`', '--on-conflict'],
  ['`allowMissingLinks`', '--allow-missing-links'],
  ['`loseLinks`', '--lose-links'],
  ["`strategy: 'add'`", '--strategy add'],
  ["`strategy: 'merge'`", '--strategy merge'],
  ['`strategy`', '--strategy'],
  ["`schemaStrategy: 'ignore'`", '--schema-strategy ignore'],
  ['`schemaStrategy`', '--schema-strategy'],
  ['`schemaDifferences` holds', '--dry-run --json lists'],
  ['`force`', '--force'],
  ['`onControl`', '--inspect-control'],
  [
    'or read it with `createArchiveSource`',
    'and put into one what the archive holds (strapi-ferry transfer --from <archive> --to <folder>)',
  ],
  ['what is in `details` and `cause`', 'the output of --json'],
];

/** A text of the library in the words of the command. */
export function asFlags(text: string): string {
  const worded = commandWords.reduce((words, [library, command]) => words.replaceAll(library, command), text);
  // A template has `{limit}` where a text has its name.
  return worded
    .replace(/ \(`limits\.([\w{}]+)`\)/g, ': --limit $1=<value>')
    .replace(/`limits\.\w+: \d+`(, `limits\.\w+: \d+`)*/g, (list) =>
      list.replace(/`limits\.(\w+): (\d+)`/g, '--limit $1=$2').replaceAll(', ', ' '),
    )
    .replace(/`limits\.([\w{}]+)`/g, '--limit $1=<value>');
}

/** The result of a transfer, what it found and what is to be known of it in the words of the command. */
export function resultAsTyped(result: TransferResult): TransferResult {
  const { findings, notices } = result;
  return {
    ...result,
    findings: findings.map((finding) => ({ ...finding, text: asFlags(finding.text) })),
    notices: notices.map(asFlags),
  };
}
