/** Bytes of one direction of a connection: a whole frame of a WebSocket, or bytes that are no frame. */
export interface Piece {
  readonly bytes: Buffer;
  /** `other`: a closing frame, the handshake, or a connection that speaks something else. */
  readonly kind: 'message' | 'ping' | 'other';
  /** Where its payload begins. */
  readonly payloadAt: number;
}

const handshake = /^(GET|HTTP\/1\.1 101) [\s\S]*^upgrade: *websocket/im;

// Splits a stream of chunks of any size into frames; gives each once it is whole.
export function createFrameSplitter(): (chunk: Buffer) => readonly Piece[] {
  let rest: Buffer = Buffer.alloc(0);

  function takeHead(): Piece | null {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return null;
    next = handshake.test(rest.toString('latin1', 0, end)) ? takeFrame : takeAll;
    return take(end + 4, 'other');
  }

  function takeFrame(): Piece | null {
    const [first, second] = rest;
    if (first === undefined || second === undefined) return null;
    const short = second & 0x7f;
    const lengthSize = short === 126 ? 2 : short === 127 ? 8 : 0;
    const payloadAt = 2 + lengthSize + (second >= 0x80 ? 4 : 0);
    if (rest.length < payloadAt) return null;
    // The last six of the eight bytes: no frame is longer than they can say.
    const length = lengthSize === 8 ? rest.readUIntBE(4, 6) : lengthSize === 2 ? rest.readUInt16BE(2) : short;
    const opcode = first & 0x0f;
    const kind = opcode === 9 || opcode === 10 ? 'ping' : opcode === 8 ? 'other' : 'message';
    return take(payloadAt + length, kind, payloadAt);
  }

  const takeAll = () => (rest.length === 0 ? null : take(rest.length, 'other'));
  let next: () => Piece | null = takeHead;

  function take(length: number, kind: Piece['kind'], payloadAt = 0): Piece | null {
    if (rest.length < length) return null;
    const bytes = rest.subarray(0, length);
    rest = rest.subarray(length);
    return { bytes, kind, payloadAt };
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const pieces: Piece[] = [];
    for (let piece = next(); piece !== null; piece = next()) pieces.push(piece);
    return pieces;
  };
}
