import type { WebSocket } from 'ws';
import type { ToPage } from './live-messages.js';
import type { Reported, Ring } from './ring.js';

/** The bytes that may wait in this process for a page that is slow or asleep. */
const mostBuffered = 1024 * 1024;

export interface PageFeed {
  wake(): void;
}

/**
 * The feed keeps only the page's place in the ring. A page that opens late, wakes up or falls behind receives the state
 * before the oldest kept group, and goes on from it.
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
    // Forget processes that the ring has forgotten, so that a page can stay open for days.
    for (const reported of places.keys()) {
      if (ring.reported.includes(reported)) continue;
      places.delete(reported);
      gone.delete(reported);
    }
  }

  return { wake };
}
