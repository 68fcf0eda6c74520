import type { WebSocket } from 'ws';
import { headerOf, isKnown, recordOfJson } from '../inspect/check-record.js';
import type { RecordingHeader } from '../inspect/records.js';
import type { ControlCommand, ToInspector, ToReporter } from './live-messages.js';
import type { Reported } from './ring.js';

export interface ReportsTo {
  /** `send` steers the process; null if it does not allow that. */
  open(header: RecordingHeader, send: ((command: ControlCommand) => Promise<void>) | null): Reported;
  moved(): void;
  over(reported: Reported): void;
}

/** Receives the records of another process on this machine. They are checked as in a recording. */
export function takeReports(socket: WebSocket, to: ReportsTo): void {
  let reported: Reported | null = null;
  const waiting = new Map<number, (reason: string) => void>();
  let asked = 0;

  function send(command: ControlCommand): Promise<void> {
    asked += 1;
    const id = asked;
    const message: ToReporter = { type: 'control', id, command };
    socket.send(JSON.stringify(message));
    return new Promise((resolve, reject) => {
      waiting.set(id, (reason) => (reason === '' ? resolve() : reject(new Error(reason))));
    });
  }

  function take(message: ToInspector): void {
    if (message.type === 'reporter' && reported === null) {
      reported = to.open(headerOf(message.header), message.control === true ? send : null);
    } else if (message.type === 'records' && reported !== null) {
      reported.add(message.records.map(recordOfJson).filter(isKnown));
      to.moved();
    } else if (message.type === 'controlled') {
      waiting.get(message.id)?.(String(message.reason));
      waiting.delete(message.id);
    }
  }

  socket.on('message', (data) => {
    try {
      take(JSON.parse(String(data)) as ToInspector);
    } catch {
      // Without the error's message: it can quote the frame, and ws throws on a reason of more than 123 bytes.
      socket.close(1008, 'that is no record');
    }
  });
  socket.on('close', () => {
    for (const settle of waiting.values()) settle('the process is gone');
    waiting.clear();
    if (reported !== null) to.over(reported);
  });
}
