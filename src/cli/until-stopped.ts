import { endingSignals, type Host } from './host.js';

/** The first signal stops gracefully; a second one does not wait for that. */
export function untilStopped(host: Host): Promise<void> {
  return new Promise((done) => {
    let asked = false;
    for (const signal of endingSignals) {
      host.on(signal, () => {
        if (asked) host.exit(130);
        asked = true;
        done();
      });
    }
  });
}
