import type { TransferResult } from '../../transfer/create-transfer.js';
import type { SchemaLoss } from '../../transfer/fit.js';
import { describeReports } from '../../transfer/reports.js';
import { describeDifferences } from '../../transfer/schema-diff.js';
import { formatCount, partCounted } from './format.js';

/** Why a transfer that is completed is not simply done, each completes "done, but". */
export function reservationsOf({ lostToSchemas, reported }: TransferResult): readonly string[] {
  const said = [
    ...partCounted(reported.warnings, 'warning', 'warnings'),
    ...partCounted(reported.errors, 'error', 'errors'),
  ];
  return [
    ...(lostToSchemas.length === 0 ? [] : ['not all of it fits the schemas of the destination']),
    ...(said.length === 0 ? [] : [`${said.join(' and ')} came from a server`]),
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
      : [`the schemas differ, in ${differences.length} places:\n${describeDifferences(differences)}`]),
    ...(lostToSchemas.length === 0
      ? []
      : [`not moved, since the schemas differ:\n${lossLines(lostToSchemas).join('\n')}`]),
    ...(reported.warnings + reported.errors === 0 ? [] : [`servers reported:\n${describeReports(reported)}`]),
    ...notices,
  ];
}

/** Types that are told of by name. */
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
