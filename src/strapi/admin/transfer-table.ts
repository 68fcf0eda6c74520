import {
  Badge,
  Button,
  Dialog,
  Table,
  Tbody,
  Td,
  Th,
  Thead,
  Tr,
  Typography,
  VisuallyHidden,
} from '@strapi/design-system';
import { ConfirmDialog } from '@strapi/strapi/admin';
import { createElement as h, type ReactElement } from 'react';
import type { TransferRow } from '../plugin/history.js';
import { lengthWords, movedWords, outcomeOf } from './words.js';

interface TransferTableProps {
  readonly rows: readonly TransferRow[];
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number;
  /** Null: this user may stop none. */
  readonly onStop: ((row: TransferRow) => void) | null;
}

const heads = ['Begun', 'Transfer', 'Token', 'From', 'Moved', 'Time', 'Outcome'];

export const TransferTable = ({ rows, now, onStop }: TransferTableProps): ReactElement =>
  h(
    Table,
    { colCount: heads.length + 1, rowCount: rows.length + 1 },
    h(
      Thead,
      null,
      h(
        Tr,
        null,
        heads.map((head) =>
          h(Th, { key: head }, h(Typography, { variant: 'sigma', textColor: 'neutral600' }, head)),
        ),
        h(Th, null, h(VisuallyHidden, null, 'Stop it')),
      ),
    ),
    h(
      Tbody,
      null,
      rows.map((row) => h(TransferLine, { key: row.id, row, now, onStop })),
    ),
  );

function TransferLine({
  row,
  now,
  onStop,
}: Omit<TransferTableProps, 'rows'> & { readonly row: TransferRow }): ReactElement {
  const outcome = outcomeOf(row);
  const colour = { textColor: `${outcome.colour}600`, backgroundColor: `${outcome.colour}100` };
  const cells = [
    new Date(row.startedAt).toLocaleString(),
    row.direction === 'push' ? 'Push' : 'Pull',
    row.token,
    row.address,
    movedWords(row),
    lengthWords(row, now),
  ];
  return h(
    Tr,
    null,
    cells.map((text, at) => h(Td, { key: heads[at] }, h(Typography, { textColor: 'neutral800' }, text))),
    h(Td, null, h(Badge, colour, outcome.words)),
    h(Td, null, row.ended === null && onStop !== null && h(StopButton, { row, onStop })),
  );
}

const StopButton = ({
  row,
  onStop,
}: {
  readonly row: TransferRow;
  readonly onStop: (row: TransferRow) => void;
}): ReactElement =>
  h(
    Dialog.Root,
    null,
    h(
      Dialog.Trigger,
      null,
      h(
        Button,
        { variant: 'danger-light', size: 'S', 'aria-label': `Stop the ${row.direction} by ${row.token}` },
        'Stop',
      ),
    ),
    h(
      ConfirmDialog,
      { title: 'Stop this transfer?', onConfirm: () => onStop(row) },
      row.direction === 'push'
        ? `The push by ${row.token} ends, and this Strapi stays as it was before it. Once its commit has begun, it cannot be stopped.`
        : `The pull by ${row.token} ends, and its client has nothing whole.`,
    ),
  );
