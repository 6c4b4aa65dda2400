/**
 * Which client a configuration needs. Our own (ssh2, no process for each host) does what is usual; whatever else a
 * value asks for is done by the system's ssh, which is then by definition as ssh itself.
 */
import { askSsh, type Values } from './ask.js';
import type { Matched } from './match.js';

/** Read and followed by our own client. */
const followed = [
  'globalknownhostsfile',
  'host',
  'hostkeyalias',
  'hostname',
  'identitiesonly',
  'identityagent',
  'identityfile',
  'port',
  'proxyjump',
  'user',
  'userknownhostsfile',
];

/**
 * Of no meaning for a script on a host: terminals, forwardings, sharing of connections, questions to a person. Host
 * keys are always verified, whatever StrictHostKeyChecking says.
 */
const withoutEffect = [
  ...['addkeystoagent', 'batchmode', 'clearallforwardings', 'compression', 'connectionattempts', 'connecttimeout'],
  ...['controlmaster', 'controlpath', 'controlpersist', 'dynamicforward', 'enableescapecommandline', 'escapechar'],
  ...['exitonforwardfailure', 'fingerprinthash', 'forkafterauthentication', 'forwardagent', 'forwardx11'],
  ...['forwardx11timeout', 'forwardx11trusted', 'gatewayports', 'gssapidelegatecredentials', 'hashknownhosts'],
  ...['ignoreunknown', 'ipqos', 'kbdinteractiveauthentication', 'localcommand', 'localforward', 'loglevel'],
  ...['logverbose', 'numberofpasswordprompts', 'obscurekeystroketiming', 'passwordauthentication'],
  ...['permitlocalcommand', 'permitremoteopen', 'proxyusefdpass', 'rekeylimit', 'remotecommand', 'remoteforward'],
  ...['requesttty', 'sendenv', 'serveralivecountmax', 'serveraliveinterval', 'sessiontype', 'setenv', 'stdinnull'],
  ...['streamlocalbindmask', 'streamlocalbindunlink', 'stricthostkeychecking', 'syslogfacility', 'tag'],
  ...['tcpkeepalive', 'tunnel', 'tunneldevice', 'updatehostkeys', 'usekeychain', 'visualhostkey', 'xauthlocation'],
  // Logins that need a person; keys are what is offered.
  ...['challengeresponseauthentication', 'kbdinteractivedevices'],
];

const ours = new Set([...followed, ...withoutEffect]);

export const isWithoutEffect = (key: string): boolean => withoutEffect.includes(key);

/** What a distribution says for all hosts is no wish of this person, but for these, without which nothing connects. */
const always = new Set(['certificatefile', 'knownhostscommand', 'pkcs11provider', 'proxycommand', 'revokedhostkeys']);

const nowhere = 'kw.invalid';
const baselines = new Map<string, Promise<Values | undefined>>();
const baseline = (file: string): Promise<Values | undefined> => {
  const known = baselines.get(file) ?? askSsh({ host: nowhere, file });
  baselines.set(file, known);
  known.catch(() => baselines.delete(file));
  return known;
};

/** Keys whose values only the system's ssh can follow. @param system `/etc/ssh/ssh_config`. */
export const needsOf = async (values: Values, system: string): Promise<readonly string[]> => {
  const [none, distribution] = await Promise.all([baseline('none'), baseline(system).catch((): Values => new Map())]);
  const differs = (key: string, from: Values | undefined): boolean =>
    (values.get(key) ?? []).join('\n') !== (from?.get(key) ?? []).join('\n');
  return [...values.keys()]
    .filter(key => !ours.has(key) && differs(key, none) && (always.has(key) || differs(key, distribution)))
    .filter(key => !(key === 'proxycommand' && values.get(key)?.[0] === 'none'));
};

/** The same without ssh on this machine: `Key (file:line)`. */
export const needsOfOwnReading = ({ values, undecided }: Matched): readonly string[] => [
  ...[...values]
    .filter(([key, [first]]) => !ours.has(key) && first?.words[0] !== 'none')
    .map(([key, [first]]) => `${key} (${first?.file}:${first?.line})`),
  ...undecided.slice(0, 1).map(one => {
    const block = one.under.at(-1);
    return `Match ${block?.words.join(' ') ?? ''} (before ${one.file}:${one.line})`;
  }),
];
