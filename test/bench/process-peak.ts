import { readFile, writeFile } from 'node:fs/promises';

/** The most memory that a process of Linux holds from now on. */
export interface Peak {
  /** MiB above what it held at the beginning. */
  growth(): Promise<number>;
}

export async function createPeak(pid: number | undefined): Promise<Peak> {
  const status = `/proc/${pid}/status`;
  const value = async (name: string) =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(await readFile(status, 'utf8'))?.[1]) / 1024;
  // Linux begins to remember the highest from here.
  await writeFile(`/proc/${pid}/clear_refs`, '5');
  const before = await value('VmRSS');
  return { growth: async () => (await value('VmHWM')) - before };
}
