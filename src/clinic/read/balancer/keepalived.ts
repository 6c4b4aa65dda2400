/** keepalived.conf as keepalived reads it: variables, included files, lines for one host alone, any layout. */

export interface VrrpInstance {
  readonly name: string;
  /** undefined: it rests on a variable that is not known. */
  readonly id?: string;
  /** Of `virtual_ipaddress`, without prefix; those that are excluded from the advertisement travel with them. */
  readonly addresses: readonly string[];
  /** Unicast; none: multicast. */
  readonly peers: readonly string[];
}

export interface KeepalivedRead {
  readonly instances: readonly VrrpInstance[];
  /** Patterns of `include` for which no file was given. */
  readonly unread: readonly string[];
}

/** The texts of files that a pattern of `include` names. */
export type Included = (pattern: string) => readonly string[];

const mostFiles = 64;

/** `host`: the name by which lines `@host` and `@^host` are chosen: uname's, or that of `--config-id`. */
export const instancesIn = (text: string, host: string, included: Included = () => []): KeepalivedRead => {
  const unread: string[] = [];
  const lines = expanded(text, included, { unread, files: mostFiles }, 0)
    .map(line => forHost(line, host))
    .filter(line => line !== '');
  return { instances: blocksOf(withVariables(lines).join('\n')), unread };
};

/** `files`: how many more may be read: one that includes itself twice would have no end. */
interface Room {
  readonly unread: string[];
  files: number;
}

const expanded = (text: string, included: Included, room: Room, depth: number): readonly string[] =>
  text.split(/\r?\n/).flatMap(line => {
    const plain = line.replace(/(?:^|\s)[#!].*$/, '').trim();
    const [, pattern] = /^include[rmwbga]*\s+"?([^"\s]+)"?$/.exec(plain) ?? [];
    if (pattern === undefined) return [plain];
    const texts = depth < 8 ? included(pattern).slice(0, room.files) : [];
    room.files -= texts.length;
    if (texts.length === 0) room.unread.push(pattern);
    return texts.flatMap(one => expanded(one, included, room, depth + 1));
  });

/** `@cp-1 state MASTER` is for that host alone, `@^cp-1 …` for all but it. */
const forHost = (line: string, host: string): string => {
  const [, not, name, rest = ''] = /^@(\^?)(\S+)\s+(.*)$/.exec(line) ?? [];
  if (name === undefined) return line;
  return (name === host) !== (not === '^') ? rest : '';
};

const withVariables = (lines: readonly string[]): readonly string[] => {
  const known = new Map<string, string>();
  const filled = (text: string): string =>
    text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => known.get(braced ?? bare) ?? whole);
  return lines.flatMap(line => {
    const [, name, value] = /^\$(\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [filled(line)];
    known.set(name, filled(value.replace(/^"(.*)"$/, '$1')));
    return [];
  });
};

const blocksOf = (text: string): readonly VrrpInstance[] =>
  [...text.matchAll(/(?:^|\s)vrrp_instance\s+("?)([^\s{"]+)\1\s*\{/g)].map(found => {
    const body = blockAt(text, (found.index ?? 0) + found[0].length);
    const id = /(?:^|\s)virtual_router_id\s+(\S+)/.exec(body)?.[1];
    return {
      name: found[2] ?? '',
      ...(id === undefined ? { id: '51' } : /^\d+$/.test(id) ? { id } : {}),
      addresses: [...addressesIn(body, 'virtual_ipaddress'), ...addressesIn(body, 'virtual_ipaddress_excluded')],
      peers: addressesIn(body, 'unicast_peer'),
    };
  });

/** Up to the brace that closes the one before `from`. */
const blockAt = (text: string, from: number): string => {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return text.slice(from, at);
  }
  return text.slice(from);
};

/** One entry a line, or several after the brace; `dev eth0`, `label …` and `brd …` stand behind their address. */
const addressesIn = (body: string, block: string): readonly string[] =>
  (new RegExp(`(?:^|\\s)${block}\\s*\\{([^}]*)\\}`).exec(body)?.[1] ?? '')
    .split('\n')
    .flatMap(line => {
      const words = line.split(/\s+/).filter(Boolean);
      return words.filter((word, at) => isAddress(word) && !['brd', 'broadcast', 'src'].includes(words[at - 1] ?? ''));
    })
    .map(word => word.replace(/\/\d+$/, ''));

const isAddress = (word: string): boolean => /^(?:\d+(?:\.\d+){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]*)(?:\/\d+)?$/.test(word);
