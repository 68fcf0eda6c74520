import { formatCount, partCounted } from '../../protocol/format.js';
import type { TransferResult } from '../../transfer/create-transfer.js';
import type { SchemaLoss } from '../../transfer/fit.js';
import { describeReports, type ServerReports } from '../../transfer/reports.js';
import { describeDifferences } from '../../transfer/schema-diff.js';
import { asFlags } from '../flag-words.js';

/** Why a transfer that is completed is not simply done, each completes "done, but". */
export function reservationsOf({ lostToSchemas, reported, findings }: TransferResult): readonly string[] {
  const { missingFiles, omittedLinks, skippedLinks, otherWarnings, errors } = reported;
  const together = (parts: readonly (readonly string[])[], what: string) =>
    parts.flat().length === 0 ? [] : [`${parts.flat().join(' and ')} ${what}`];
  return [
    ...(lostToSchemas.length === 0 ? [] : ['not all of it fits the schemas of the destination']),
    ...together(
      [partCounted(missingFiles, 'file'), partCounted(omittedLinks, 'link')],
      'are missing at the source',
    ),
    ...together([partCounted(skippedLinks, 'link')], 'were skipped at the destination'),
    // The user asked for what was left out.
    ...together(
      [partCounted(findings.filter(({ kind }) => kind !== 'filesLeftOut').length, 'doubt')],
      'came up before it began',
    ),
    ...together([partCounted(otherWarnings, 'warning'), partCounted(errors, 'error')], 'came from a server'),
  ];
}

/** What servers reported as missing, a line for each end: `missing at the source: 1 file, 3 links to rows that are gone`. */
export function missingLines({ missingFiles, omittedLinks, skippedLinks }: ServerReports): readonly string[] {
  const missing = [
    ...partCounted(missingFiles, 'file of the media library', 'files of the media library'),
    ...partCounted(omittedLinks, 'link to a row that is gone', 'links to rows that are gone'),
  ];
  const skipped = partCounted(
    skippedLinks,
    'link to a row that did not come',
    'links to rows that did not come',
  );
  return [
    ...(missing.length === 0 ? [] : [`missing at the source: ${missing.join(', ')}`]),
    ...skipped.map((what) => `skipped at the destination: ${what}`),
  ];
}

/** What stands below the table of a transfer that is completed: where the schemas differ, what that loses, what servers reported. */
export function warningsOf({
  differences,
  lostToSchemas,
  reported,
  notices,
}: TransferResult): readonly string[] {
  return [
    ...(differences.length === 0
      ? []
      : [
          `the schemas differ, in ${differences.length} places:\n${asFlags(describeDifferences(differences))}`,
        ]),
    ...(lostToSchemas.length === 0
      ? []
      : [`not moved, since the schemas differ:\n${lossLines(lostToSchemas).join('\n')}`]),
    ...(reported.warnings + reported.errors === 0 ? [] : [`servers reported:\n${describeReports(reported)}`]),
    ...notices,
  ];
}

const toldTypes = 25;

/** What the destination lacks, a line for each type: `api::page.page: 4 entities and 2 links left out`. */
export function lossLines(losses: readonly SchemaLoss[]): readonly string[] {
  const told = losses.slice(0, toldTypes).map(({ type, entities, links, cut }) => {
    const left = [partCounted(entities, 'entity', 'entities'), partCounted(links, 'link', 'links')].flat();
    const without = partCounted(cut, 'entity', 'entities').map(
      (what) => `${what} moved without attributes that the destination lacks`,
    );
    const parts = [...(left.length === 0 ? [] : [`${left.join(' and ')} left out`]), ...without];
    return `- ${type}: ${parts.join('; ')}`;
  });
  const rest = losses.length - told.length;
  return [...told, ...(rest > 0 ? [`- and ${formatCount(rest)} more types`] : [])];
}
