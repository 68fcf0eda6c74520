import type { Command } from 'commander';
import { proxyVariables } from '../environment.js';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addTrustFlag } from '../profiles/trust-flag.js';
import { cleanHost } from '../report/clean.js';

export function addDoctor(program: Command, host: Host): void {
  const command = program
    .command('doctor')
    .summary('say what is wrong between here and a server')
    .description(
      'Says what is wrong between here and a server. Nothing is transferred, nothing is changed there.',
    )
    .argument('<url>', 'admin URL of the server (https://host/admin), or its name in ferry.json')
    .option('--token <token>', 'a transfer token of it')
    .option('--scope <scopes>', 'what the token is wanted for: push, pull or push,pull (either will do)')
    .option('--timeout <ms>', 'wait so long at most, for anything (10000)')
    .option('--json', 'one check a line, ending with a result')
    .action(async (url: string, flags: Record<string, unknown>) => {
      const { runDoctor } = await import('./doctor.command.js');
      host.exitCode = await runDoctor(url, flags, cleanHost(host), host);
    });
  addTrustFlag(command);
  addGuide(command, {
    examples: [
      ['strapi-ferry doctor https://cms.example.com/admin', 'whether it can be reached, token or not'],
      ['strapi-ferry doctor https://cms.example.com/admin --scope push', 'whether the token may push'],
    ],
    notes: [
      'STRAPI_TRANSFER_FROM_TOKEN is taken for a token that is to pull, STRAPI_TRANSFER_TO_TOKEN for one that is to push.',
      'Do not run it while another transfer to the same Strapi runs: when a connection closes there, a Strapi switches its lifecycle hooks back on, and cuts that transfer a minute later.',
    ],
    variables: [
      'STRAPI_TRANSFER_TOKEN',
      'STRAPI_TRANSFER_FROM_TOKEN',
      'STRAPI_TRANSFER_TO_TOKEN',
      ...proxyVariables,
    ],
    exits: {
      0: 'all is well',
      1: 'a fault of ferry itself',
      2: 'the arguments or options are wrong',
      3: 'the server refused: token, scope, route or setting',
      4: 'the connection failed, was lost, or the server went silent',
      8: 'the peer broke the protocol, or answered with an error',
      130: 'interrupted',
    },
  });
}
