import { execFile } from 'node:child_process';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever it ends with. */
export function run(
  program: string,
  parameters: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(program, [...parameters], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

/** The same; rejects with what it wrote where it does not end with 0. */
export async function runWell(...[program, parameters, settings]: Parameters<typeof run>): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, parameters, settings);
  if (exitCode === 0) return stdout;
  throw new Error(`${program} ${parameters.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
}
