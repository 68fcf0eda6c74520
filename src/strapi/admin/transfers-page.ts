import { Box, EmptyStateLayout, Link, Typography } from '@strapi/design-system';
import { Layouts, Page, useFetchClient, useNotification, useRBAC } from '@strapi/strapi/admin';
import { Fragment, createElement as h, type ReactElement } from 'react';
import type { TransferRow } from '../plugin/history.js';
import { TransferTable } from './transfer-table.js';
import { useTransfers } from './use-transfers.js';

const permission = (name: string) => ({ action: `plugin::ferry.${name}`, subject: null });

/** The page, for those who may read transfers. */
export const TransfersPage = (): ReactElement =>
  h(Page.Protect, { permissions: [permission('read')] }, h(Transfers));

function Transfers(): ReactElement {
  const { transfers, isLost, look } = useTransfers();
  const { post } = useFetchClient();
  const { toggleNotification } = useNotification();
  const { allowedActions } = useRBAC([permission('stop')]);

  async function stop({ id, token }: TransferRow): Promise<void> {
    try {
      await post(`/ferry/transfers/${id}/stop`);
      toggleNotification({
        type: 'success',
        message: `The transfer by ${token} was stopped`,
      });
    } catch {
      toggleNotification({
        type: 'warning',
        message: `The transfer by ${token} does not run in this process, or its commit has begun`,
      });
    }
    await look();
  }

  if (transfers === null) return isLost ? h(Page.Error) : h(Page.Loading);
  const { data, meta } = transfers;
  return h(
    Page.Main,
    null,
    h(Page.Title, null, 'Ferry'),
    h(Layouts.Header, {
      title: 'Ferry',
      subtitle: 'Transfers of this process: those that run, and the last 50 since it started',
    }),
    h(
      Layouts.Content,
      null,
      isLost && h(Box, { paddingBottom: 4 }, h(Typography, { textColor: 'danger600' }, lostWords)),
      data.length === 0
        ? h(EmptyStateLayout, { content: 'No transfer has begun since this Strapi started', hasRadius: true })
        : h(TransferTable, {
            rows: data,
            now: meta.now,
            onStop: allowedActions['canStop'] === true ? (row) => void stop(row) : null,
          }),
      meta.inspector !== null && h(Box, { paddingTop: 4 }, h(InspectorLink, { url: meta.inspector })),
    ),
  );
}

const lostWords = 'The server does not answer; what stands here is what it said last.';

/** The address is of the machine that the server runs on, and so is the page: a browser elsewhere needs a tunnel. */
const InspectorLink = ({ url }: { readonly url: string }) => {
  const { host, port } = new URL(url);
  return h(
    Fragment,
    null,
    h(Link, { href: url, isExternal: true }, 'The charts at work'),
    h(
      Typography,
      { tag: 'p', variant: 'pi', textColor: 'neutral600' },
      `${host} is the server’s own machine. In a browser on another one the link works through a tunnel: ssh -L ${port}:${host} the-server`,
    ),
  );
};
