import { useFetchClient } from '@strapi/strapi/admin';
import { useCallback, useEffect, useState } from 'react';
import type { TransferRow } from '../plugin/history.js';

/** What the status route answers. */
interface Transfers {
  readonly data: readonly TransferRow[];
  readonly meta: { readonly inspector: string | null; readonly now: number };
}

export interface WatchedTransfers {
  /** Null until the first answer. */
  readonly transfers: Transfers | null;
  /** The last look failed. */
  readonly isLost: boolean;
  /** Looks now. */
  look(): Promise<void>;
}

/** Milliseconds from one answer to the next look. */
const pause = 2000;

/** Looks at the transfers again and again, as long as the page is open. */
export function useTransfers(): WatchedTransfers {
  const { get } = useFetchClient();
  const [transfers, setTransfers] = useState<Transfers | null>(null);
  const [isLost, setIsLost] = useState(false);

  const look = useCallback(async () => {
    try {
      const { data } = await get<Transfers>('/ferry/transfers');
      setTransfers(data);
      setIsLost(false);
    } catch {
      setIsLost(true);
    }
  }, [get]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOpen = true;
    const goOn = async () => {
      await look();
      if (isOpen) timer = setTimeout(goOn, pause);
    };
    void goOn();
    return () => {
      isOpen = false;
      clearTimeout(timer);
    };
  }, [look]);

  return { transfers, isLost, look };
}
