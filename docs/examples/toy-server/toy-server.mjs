import { WebSocketServer } from 'ws';

export const server = new WebSocketServer({ port: 0 });
server.on('connection', (socket) => {
  let transferID = null;
  socket.on('message', (frame) => {
    const { uuid, command } = JSON.parse(String(frame));
    if (command === 'init') transferID = crypto.randomUUID();
    const isEarly = transferID === null && command !== 'status';
    const error = isEarly ? { code: 'Error', message: 'Invalid Transfer Process' } : null;
    socket.send(JSON.stringify({ uuid, data: { transferID }, error }));
  });
});
