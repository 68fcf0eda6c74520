import type { Command } from 'commander';

export function addTrustFlag(command: Command): Command {
  const collect = (host: string, before: readonly string[] | undefined) => [...(before ?? []), host];
  return command.option(
    '--trust-host <host>',
    'a server that ferry.json may lead to, in this run and unasked: cms.example.com, or http://host:port',
    collect,
  );
}
