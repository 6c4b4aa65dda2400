/** From a host of the cluster file to its route: what the file says goes first, then what ssh's configuration says. */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Host } from '../../model/cluster.js';
import type { ConnectOptions, SshConfig } from '../connection.js';
import { failed } from '../failures.js';
import { agentKeys } from './agent.js';
import { configText, type Effective, effective } from './config/effective.js';
import { expand, type Named } from './config/tokens.js';
import { hopsOf } from './jump.js';
import { hasAuthority, serverName } from './known-hosts.js';
import { defaultPort, defaultUser, type Route, type Setting, type Target } from './route.js';

const mostHops = 8;

export const routeTo = async (host: Host, options: ConnectOptions): Promise<Route> => routeOf(host, options, 0, true);

const routeOf = async (host: Host, options: ConnectOptions, depth: number, jumps: boolean): Promise<Route> => {
  if (depth > mostHops)
    throw failed(host.name, 'refused', `more than ${mostHops} jump hosts`, 'does a ProxyJump name itself?');
  const { config } = options;
  const asked = config ? await wordFor(host, config) : (host.ssh.address ?? host.address);
  const found = config && (await effective({ host: asked, user: host.ssh.user, port: host.ssh.port }, config));
  const target = targetOf(host, asked, found);
  const written = found?.values.get('proxyjump')?.[0];
  const hops = jumps ? hopsOf(host, written) : [];
  const before = await Promise.all(
    // As ssh does it: of the hosts on the way only the first may itself be behind others.
    hops.map((hop, n) => routeOf(hop, forHop(options), depth + 1, n === 0)),
  );
  const way = [...(before[0]?.jumps ?? []), ...before];
  const own = found && config ? followed(target, asked, found, config, options) : { options, needs: [] };
  const needs = [
    ...(options.transport === 'openssh' ? ['it was asked for'] : []),
    ...(found?.needs ?? []),
    ...own.needs,
    ...(await moreNeeds(target, own.options, found)),
    ...before.flatMap(hop => hop.needs.map(need => `${hop.asked}: ${need}`)),
  ];
  return {
    host,
    asked,
    target,
    options: own.options,
    jumps: way,
    needs: options.transport === 'ssh2' ? [] : [...new Set(needs)],
    settings: settingsOf(host, target, own.options, way, found),
    files: found?.text.files ?? [],
    by: found?.by ?? 'nobody: ssh’s configuration is not read',
  };
};

// A password for sudo is for the host alone.
const forHop = ({ sudoPassword: _, ...options }: ConnectOptions): ConnectOptions => options;

/**
 * `ssh.address`, else the host's address. Its name is the word only where the configuration has a `Host` of just that
 * name which leads to the same address: another machine of that name would be given root's scripts.
 */
const wordFor = async (host: Host, config: SshConfig): Promise<string> => {
  if (host.ssh.address !== undefined) return host.ssh.address;
  const isAlias = configText(config).directives.some(one =>
    one.under.some(({ kind, words }) => kind === 'host' && words.includes(host.name)),
  );
  if (!isAlias || host.name === host.address) return host.address;
  const { values } = await effective({ host: host.name, user: host.ssh.user, port: host.ssh.port }, config);
  return values.get('hostname')?.[0] === host.address ? host.name : host.address;
};

const targetOf = (host: Host, asked: string, found: Effective | undefined): Target => ({
  ...host,
  ssh: {
    ...host.ssh,
    address: found?.values.get('hostname')?.[0]?.replaceAll('%h', asked) ?? asked,
    user: found?.user ?? host.ssh.user ?? defaultUser,
    port: host.ssh.port ?? Number(found?.values.get('port')?.[0] ?? defaultPort),
  },
});

/** Keys, agent and known hosts as the configuration has them. */
const followed = (
  { ssh }: Target,
  asked: string,
  { values }: Effective,
  { home, env }: SshConfig,
  options: ConnectOptions,
): { readonly options: ConnectOptions; readonly needs: readonly string[] } => {
  const alias = values.get('hostkeyalias')?.[0];
  const { username: localUser, uid } = userInfo();
  const named: Named = {
    ...{ asked, hostName: ssh.address ?? asked, port: ssh.port, user: ssh.user, alias, localUser, uid, home, env },
  };
  const needs: string[] = [];
  const path = (key: string, text: string): readonly string[] => {
    const found = text === 'none' ? [] : [expand(text, named)];
    if (found.includes(undefined)) needs.push(`${key} ${text}`);
    return found.filter(each => each !== undefined);
  };
  const paths = (key: string): readonly string[] | undefined =>
    values.get(key)?.flatMap(text => listed(text).flatMap(each => path(key, each)));
  const identities = values.get('identityfile')?.flatMap(text => path('identityfile', text));
  const known = [...(paths('userknownhostsfile') ?? []), ...(paths('globalknownhostsfile') ?? [])];
  const { agent, ...rest } = options;
  const socket = agentOf(values.get('identityagent')?.[0], agent, env, named);
  return {
    needs,
    options: {
      ...rest,
      ...(socket === undefined ? {} : { agent: socket }),
      ...(identities ? { keys: identities } : {}),
      ...(values.get('identitiesonly')?.[0] === 'yes' ? { onlyKeys: true as const } : {}),
      knownHosts: {
        ...options.knownHosts,
        files: [...new Set([...options.knownHosts.files, ...known])],
        ...(alias === undefined ? {} : { alias }),
      },
    },
  };
};

/** ssh prints lists of paths with blanks between them, and blanks in them as they are. */
const listed = (text: string): readonly string[] => text.split(/\s+(?=[/~%$]|none$)/);

const agentOf = (
  written: string | undefined,
  usual: string | undefined,
  env: SshConfig['env'],
  named: Named,
): string | undefined => {
  if (written === undefined || written === 'SSH_AUTH_SOCK') return usual;
  if (written === 'none') return undefined;
  const variable = /^\$\{?(\w+)\}?$/.exec(written)?.[1];
  return variable === undefined ? (expand(written, named) ?? usual) : env[variable];
};

/** What only looking at the files and the agent tells: certificates, keys on hardware, certified host keys. */
const moreNeeds = async (
  { ssh }: Target,
  options: ConnectOptions,
  found: Effective | undefined,
): Promise<readonly string[]> => {
  if (!found) return [];
  const keys = ssh.key === undefined ? (options.keys ?? []) : [ssh.key.replace(/^~(?=\/)/, userInfo().homedir)];
  const name = options.knownHosts.alias ?? serverName(ssh.address ?? '', ssh.port);
  const agent = options.agent === undefined ? [] : await agentKeys(options.agent).catch(() => []);
  return [
    ...keys.filter(key => existsSync(`${key}-cert.pub`)).map(key => `the certificate ${key}-cert.pub`),
    ...keys.filter(key => /^sk-/.test(textOf(`${key}.pub`))).map(key => `${key} is on a security key`),
    ...(options.onlyKeys && agent.some(one => keys.some(key => textOf(`${key}.pub`).includes(one.base64)))
      ? ['IdentitiesOnly with a key of the agent']
      : []),
    ...(agent.some(key => /-cert-v01@|^sk-/.test(key.type)) ? ['the agent holds a certificate or a security key'] : []),
    ...options.knownHosts.files
      .filter(file => ssh.hostKey === undefined && hasAuthority(name, textOf(file)))
      .map(file => `@cert-authority in ${file}`),
  ];
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const settingsOf = (
  { ssh: inFile }: Host,
  { ssh }: Target,
  options: ConnectOptions,
  way: readonly Route[],
  found: Effective | undefined,
): readonly Setting[] => {
  const from = (key: string, value: unknown): string => {
    if (value !== undefined) return 'cluster file';
    const one = found?.own.values.get(key)?.[0];
    if (one) return `${one.file}:${one.line}`;
    return found?.own.undecided.some(each => each.key === key) ? 'a Match of ssh’s configuration' : 'default';
  };
  const hops = way.map(hop => `${hop.target.ssh.user}@${hop.target.ssh.address}:${hop.target.ssh.port}`);
  return [
    { name: 'address', value: ssh.address ?? '', from: from('hostname', undefined) },
    { name: 'port', value: String(ssh.port), from: from('port', inFile.port) },
    { name: 'user', value: ssh.user, from: from('user', inFile.user) },
    {
      name: 'keys',
      value: (inFile.key === undefined ? (options.keys ?? []) : [inFile.key]).join(' ') || 'none',
      from: from('identityfile', inFile.key),
    },
    {
      name: 'agent',
      value: options.onlyKeys ? `${options.agent ?? 'none'}, only for these keys` : (options.agent ?? 'none'),
      from: from('identityagent', undefined).replace('default', 'SSH_AUTH_SOCK'),
    },
    { name: 'jump hosts', value: hops.join(', then ') || 'none', from: from('proxyjump', inFile.jump) },
    {
      name: 'known hosts',
      value: inFile.hostKey === undefined ? options.knownHosts.files.join(' ') : 'pinned',
      from: from('userknownhostsfile', inFile.hostKey),
    },
    ...(options.knownHosts.alias === undefined
      ? []
      : [{ name: 'known as', value: options.knownHosts.alias, from: from('hostkeyalias', undefined) }]),
  ];
};
