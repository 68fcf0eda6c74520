// The receiver of @xstate/inspect 0.8 on a WebSocket: prints what it understood, a JSON object a line.
import { createWebSocketReceiver } from '@xstate/inspect';
import { WebSocket } from 'ws';
import { interpret } from 'xstate';

// Node has no WebSocket of its own before 22.
globalThis.WebSocket = WebSocket;

const [server] = process.argv.slice(2);
const print = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);
const statesOf = (node) => [node.id, ...Object.values(node.states).flatMap(statesOf)];

createWebSocketReceiver({ server }).subscribe({
  next(event) {
    const { type, sessionId } = event;
    if (type === 'service.register') {
      const { machine, state, id, parent } = event;
      // A viewer draws the machine, and runs a copy of it from the state that it was told.
      const copy = interpret(machine, { devTools: false }).start(machine.resolveState(state));
      const states = statesOf(machine);
      print({
        type,
        sessionId,
        id,
        parent,
        machine: machine.id,
        states,
        value: copy.state.value,
        context: state.context,
      });
      copy.stop();
    } else if (type === 'service.state') {
      print({
        type,
        sessionId,
        value: event.state.value,
        event: event.state.event.type,
        done: event.state.done,
      });
    } else if (type === 'service.event') print({ type, sessionId, event: event.event.data });
    else print({ type, sessionId });
  },
  error: (error) => print({ type: 'error', message: String(error?.message ?? error) }),
});
print({ type: 'ready' });
