/** How ssh reaches a host: `kw plan --explain-ssh`. */
import { escapeForTerminal } from '../../shell/terminal.js';
import type { Route } from '../../transport/ssh/route.js';
import { table } from './table.js';

/** Several files stand one below the other: a long cell would push all others off the screen. */
const inLines = ({ name, value, from }: Route['settings'][number]): readonly (readonly string[])[] =>
  value.split(/ (?=\/)/).map((part, at) => (at === 0 ? [name, part, from] : ['', part, '']));

export const routeText = (route: Route): string => {
  const client =
    route.needs.length === 0 ? "kw's own ssh client" : `the system's ssh, because of ${route.needs.join('; ')}`;
  const files = route.files.length === 0 ? 'no file of ssh’s configuration' : route.files.join(', ');
  return escapeForTerminal(
    [
      `${route.host.name}: ssh is asked for ${route.asked}`,
      `read: ${files} (by ${route.by})`,
      `client: ${client}`,
      'never: the agent is not forwarded; host keys are verified whatever StrictHostKeyChecking says',
      '',
      table(['setting', 'value', 'from'], route.settings.flatMap(inLines)),
    ].join('\n'),
  );
};

export const routeJson = ({ host, asked, files, by, needs, settings, jumps }: Route): object => ({
  host: host.name,
  asked,
  files,
  by,
  client: needs.length === 0 ? 'ssh2' : 'openssh',
  needs,
  settings,
  jumps: jumps.map(routeJson),
});
