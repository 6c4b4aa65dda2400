/** haproxy.cfg as haproxy itself reads it: defaults go down to what follows, and the last word on checks holds. */

export interface Server {
  /** `192.0.2.11`, `2001:db8::13`, `cp-2.example.com`; undefined: a socket, or a variable that is not resolved here. */
  readonly host?: string;
  readonly port?: number;
  /** As written. */
  readonly text: string;
  readonly checked: boolean;
}

/**
 * How the health of a server is asked for: `http`: by a request and its status; `tls`: by a greeting; `connect`: by an
 * open port; `other`: by rules or a program that are not read here.
 */
export type Asking = 'http' | 'tls' | 'connect' | 'other';

export interface Backend {
  readonly name: string;
  readonly asking: Asking;
  readonly servers: readonly Server[];
}

export interface Section {
  readonly kind: string;
  readonly name: string;
  /** Name of the defaults that it says to be built on. */
  readonly from?: string;
  readonly lines: readonly (readonly string[])[];
}

/** `backend` and `listen` sections, with all that they inherit. */
export const backendsIn = (text: string): readonly Backend[] => {
  const named = new Map<string, Section>();
  let defaults: Section | undefined;
  return sectionsIn(text).flatMap(section => {
    const inherited = section.from === undefined ? defaults : named.get(section.from);
    const lines = [...(inherited?.lines ?? []), ...section.lines];
    if (section.kind === 'defaults') {
      // Defaults begin anew, unless they are built on others.
      defaults = section.from === undefined ? section : { ...section, lines };
      if (section.name !== '') named.set(section.name, defaults);
      return [];
    }
    if (section.kind !== 'backend' && section.kind !== 'listen') return [];
    return [{ name: section.name, asking: askingOf(lines), servers: serversOf(section, lines) }];
  });
};

const heads: ReadonlySet<string> = new Set([
  ...['global', 'defaults', 'frontend', 'backend', 'listen', 'peers', 'resolvers', 'userlist', 'mailers'],
  ...['program', 'cache', 'ring', 'http-errors', 'fcgi-app', 'log-forward', 'crt-list'],
]);

export const sectionsIn = (text: string): readonly Section[] => {
  const sections: { kind: string; name: string; from?: string; lines: (readonly string[])[] }[] = [];
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const words = wordsOf(line);
    const [kind] = words;
    if (kind === undefined) continue;
    if (heads.has(kind)) {
      const from = words[words.indexOf('from') + 1];
      const name = words[1] === 'from' ? '' : (words[1] ?? '');
      sections.push({ kind, name, lines: [], ...(words.includes('from') && from !== undefined && { from }) });
    } else sections.at(-1)?.lines.push(words);
  }
  return sections;
};

/** Quotes hold blanks together, a `#` outside of them begins a comment. */
const wordsOf = (line: string): readonly string[] =>
  (line.match(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s#"'\\])+|#.*/g) ?? [])
    .filter(word => !word.startsWith('#'))
    .map(word => word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, '$1$2').replace(/\\(.)/g, '$1'));

const asks: Readonly<Record<string, Asking>> = {
  httpchk: 'http',
  'ssl-hello-chk': 'tls',
  'tcp-check': 'other',
  'external-check': 'other',
  'ldap-check': 'other',
  'mysql-check': 'other',
  'pgsql-check': 'other',
  'redis-check': 'other',
  smtpchk: 'other',
  'spop-check': 'other',
};

/** Each of these options takes the place of the one before. */
const askingOf = (lines: readonly (readonly string[])[]): Asking => {
  let asking: Asking = 'connect';
  for (const words of lines) {
    const off = words[0] === 'no';
    const [option, name = ''] = off ? words.slice(1) : words;
    if (option !== 'option') continue;
    const told = asks[name];
    if (told !== undefined) asking = off ? (asking === told ? 'connect' : asking) : told;
  }
  // Rules of tcp-check that nobody wrote are an open port.
  return asking === 'other' && onlyConnects(lines) ? 'connect' : asking;
};

const onlyConnects = (lines: readonly (readonly string[])[]): boolean =>
  lines.findLast(([first, name = '']) => first === 'option' && name in asks)?.[1] === 'tcp-check' &&
  !lines.some(([first, what]) => first === 'tcp-check' && what !== 'connect' && what !== 'comment');

const serversOf = (section: Section, lines: readonly (readonly string[])[]): readonly Server[] => {
  let byDefault = false;
  return lines.flatMap(([first, ...words], index) => {
    if (first === 'default-server') byDefault = checkedBy(words, byDefault);
    // What defaults say of servers is inherited; servers themselves are not.
    if (first !== 'server' || index < lines.length - section.lines.length) return [];
    const [, address = '', ...options] = words;
    return options.includes('disabled')
      ? []
      : [{ ...placeOf(address), text: address, checked: checkedBy(options, byDefault) }];
  });
};

/** `track` takes over what another one's check found; an agent that is asked decides as well. */
const checkedBy = (options: readonly string[], before: boolean): boolean =>
  options.reduce(
    (checked, word) =>
      ['check', 'track', 'agent-check'].includes(word) ? true : word === 'no-check' ? false : checked,
    before,
  );

const placeOf = (address: string): Pick<Server, 'host' | 'port'> => {
  const plain = address.replace(/^(?:ipv[46]|tcp[46]?|quic[46])@/, '');
  if (/[$/]/.test(plain) || /^(?:unix|abns|fd|sockpair|rhttp)@/.test(plain)) return {};
  const bracketed = /^\[([^\]]+)\](?::\+?(\d+))?$/.exec(plain);
  const [, host, port] = bracketed ?? /^(.*?)(?::\+?(\d+))?$/.exec(plain) ?? [];
  return { ...(host && { host: host.toLowerCase() }), ...(port !== undefined && { port: Number(port) }) };
};
