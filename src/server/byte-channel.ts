/** Bytes from a writer to a reader, one chunk at a time: a chunk is held only until it was read. */
export interface ByteChannel {
  /** Resolves when the chunk was taken; rejects once the reader has failed. */
  write(chunk: Uint8Array): Promise<void>;
  end(): void;
  /** Both sides get this error from now on. */
  fail(error: unknown): void;
  read(): AsyncGenerator<Uint8Array>;
}

export function createByteChannel(): ByteChannel {
  let chunk: Uint8Array | null = null;
  let ended = false;
  let failure: { error: unknown } | null = null;
  let wakeReader = () => {};
  let wakeWriter = () => {};
  const check = () => {
    if (failure !== null) throw failure.error;
  };

  return {
    async write(bytes) {
      check();
      chunk = bytes;
      wakeReader();
      while (chunk !== null) {
        await new Promise<void>((resolve) => {
          wakeWriter = resolve;
        });
        check();
      }
    },
    end() {
      ended = true;
      wakeReader();
    },
    fail(error) {
      failure ??= { error };
      wakeReader();
      wakeWriter();
    },
    async *read() {
      for (;;) {
        check();
        if (chunk !== null) {
          yield chunk;
          chunk = null;
          wakeWriter();
        } else if (ended) return;
        else {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        }
      }
    },
  };
}
