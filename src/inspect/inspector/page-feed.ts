import type { WebSocket } from 'ws';
import type { ToPage } from '../live.js';
import type { Reported, Ring } from './ring.js';

/** Bytes that may wait in this process for a page that is slow, or asleep. */
const mostBuffered = 1024 * 1024;

/** Sends a page what the ring holds, at the page's pace. */
export interface PageFeed {
  /** There is something new. */
  wake(): void;
}

/**
 * A page is a place in the ring, nothing more: one that was opened late, one that was asleep, and one that is too slow
 * are all told where everything stood before the oldest group that is still there, and go on from it.
 */
export function createPageFeed(socket: WebSocket, ring: Ring): PageFeed {
  const places = new Map<Reported, number>();
  const gone = new Set<Reported>();

  const send = (message: ToPage) => socket.send(JSON.stringify(message), wake);
  const isReady = () => socket.readyState === socket.OPEN && socket.bufferedAmount < mostBuffered;

  function feed(reported: Reported): void {
    const { name: reporter, header } = reported;
    let place = places.get(reported);
    if (place === undefined) send({ type: 'reporter', reporter, header });
    if (place === undefined || place < reported.first) {
      place = reported.first;
      send({ type: 'state', reporter, state: reported.before(), dropped: reported.dropped });
    }
    for (; place < reported.next && isReady(); place += 1) {
      const records = reported.group(place) ?? '[]';
      socket.send(`{"type":"records","reporter":"${reporter}","records":${records}}`, wake);
    }
    places.set(reported, place);
    if (reported.isGone && place === reported.next && !gone.has(reported)) {
      gone.add(reported);
      send({ type: 'gone', reporter });
    }
  }

  function wake(): void {
    for (const reported of ring.reported) {
      if (!isReady()) return;
      feed(reported);
    }
    // A page that stays open for days remembers only those that are still there.
    for (const reported of places.keys()) {
      if (ring.reported.includes(reported)) continue;
      places.delete(reported);
      gone.delete(reported);
    }
  }

  return { wake };
}
