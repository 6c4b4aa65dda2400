/** The command line of the system's ssh for a route: the user's own configuration, and what the cluster file says. */
import { join } from 'node:path';
import { quote } from '../../shell/sh.js';
import type { Route } from './route.js';

/** The name under which a pinned key stands in the file of accepted keys. */
export const pinnedAlias = 'kw-pinned';

// What a person's configuration gives to interactive sessions no host gets of kw: the agent's keys above all.
const always = {
  BatchMode: 'yes',
  UpdateHostKeys: 'no',
  ServerAliveInterval: '5',
  ServerAliveCountMax: '3',
  RequestTTY: 'no',
  ForwardAgent: 'no',
  ForwardX11: 'no',
  PermitLocalCommand: 'no',
  RemoteCommand: 'none',
  Tunnel: 'no',
  AddKeysToAgent: 'no',
  ForkAfterAuthentication: 'no',
  StdinNull: 'no',
  LogLevel: 'ERROR',
};

export interface Trusting {
  /** Folder of the files of pinned keys, and of what a probe sees. */
  readonly directory: string;
  /** `probe`: any key is written into its file, and nobody is logged in. */
  readonly probe?: string;
}

/** Options without a command; the host's word comes behind `--`. */
export const wordsFor = (route: Route, trusting: Trusting): readonly string[] => [
  ...configWords(route),
  ...options({ ...always, ...trust(route, trusting), ...proxy(route, trusting) }),
  ...ownWords(route),
];

export const pinnedFile = (directory: string, route: Route): string =>
  join(directory, `pin-${Buffer.from(route.asked).toString('hex')}`);

const configWords = ({ options: { config } }: Route): readonly string[] =>
  config === undefined ? ['-F', 'none'] : config.file === undefined ? [] : ['-F', config.file];

const options = (set: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(set).flatMap(([name, value]) => ['-o', `${name}=${value}`]);

const trust = (route: Route, { directory, probe }: Trusting): Readonly<Record<string, string>> => {
  if (probe !== undefined)
    return {
      StrictHostKeyChecking: 'accept-new',
      UserKnownHostsFile: `"${probe}"`,
      GlobalKnownHostsFile: 'none',
      HashKnownHosts: 'no',
      PreferredAuthentications: 'none',
    };
  if (route.host.ssh.hostKey !== undefined)
    return {
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: `"${pinnedFile(directory, route)}"`,
      GlobalKnownHostsFile: 'none',
      HostKeyAlias: pinnedAlias,
    };
  const { files } = route.options.knownHosts;
  return {
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: files.length === 0 ? 'none' : files.map(file => `"${file}"`).join(' '),
    ...(route.options.config === undefined ? { GlobalKnownHostsFile: 'none' } : {}),
  };
};

/** The cluster file goes first; where nobody names a user it is root. */
const ownWords = ({ host: { ssh }, target, options: { config, keys = [], agent } }: Route): readonly string[] => [
  '-l',
  target.ssh.user,
  '-p',
  String(target.ssh.port),
  ...(ssh.key === undefined ? [] : ['-i', ssh.key]),
  ...(config === undefined && ssh.key === undefined ? keys.flatMap(key => ['-i', key]) : []),
  ...(config === undefined && agent !== undefined ? ['-o', `IdentityAgent=${agent}`] : []),
];

/** As `ssh -J` does it, but with the host keys that kw knows. */
const proxy = (route: Route, trusting: Trusting): Readonly<Record<string, string>> => {
  const last = route.jumps.at(-1);
  if (last === undefined) return {};
  const { probe: _, ...strict } = trusting;
  const before = wordsFor({ ...last, jumps: route.jumps.slice(0, -1) }, strict);
  const command = ['ssh', ...before].map(word => quote(word).replaceAll('%', '%%'));
  return { ProxyCommand: [...command, '-W', '[%h]:%p', '--', quote(last.asked).replaceAll('%', '%%')].join(' ') };
};
