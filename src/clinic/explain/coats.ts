/** Takes log lines out of the coats of their carriers: UTF-16, journald's byte arrays, JSON. */

export const uncoated = (text: string): string =>
  text
    .replace(/\0/g, '')
    .replace(/^(?:\ufeff|\ufffd{1,2})/, '')
    .split('\n')
    .map(line => fromJson(line) ?? behindCoat(line) ?? line)
    .join('\n');

/** `took` is what etcd waited: whether that is little or much is in no other word. */
export const messageKeys = ['MESSAGE', 'msg', 'message', 'log', 'took', 'err', 'error', 'reason', 'output'];

const fromJson = (line: string): string | undefined => {
  // A record that was made a string of another record.
  if (/^\s*"\{.*\}"\s*$/.test(line)) return unquoted(line);
  if (!/^\s*\{.*\}\s*$/.test(line)) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const who = [record.SYSLOG_IDENTIFIER, record.logger, numbered(record)].filter(one => typeof one === 'string');
    const messages = messageKeys.flatMap(key => {
      const value = record[key];
      return typeof value === 'string'
        ? [value]
        : isBytes(value)
          ? [new TextDecoder().decode(Uint8Array.from(value))]
          : [];
    });
    return messages.length === 0 ? undefined : [...who, ...messages].join(': ').trimEnd();
  } catch {
    return undefined; // cut or not JSON: the line as it stands
  }
};

/** Levels that are numbers, beside a host and a process, are those of programs for Node.js: no component has them. */
const numbered = ({ level, hostname, pid }: Record<string, unknown>): string | undefined =>
  typeof level === 'number' && hostname !== undefined && pid !== undefined ? 'node.js' : undefined;

/** A line of syslog, a container's or a terminal's, with a record behind its own words. */
const behindCoat = (line: string): string | undefined => {
  const at = line.indexOf('{');
  if (at <= 0 || at > mostCoat || !line.trimEnd().endsWith('}') || !/[\s:|]$/.test(line.slice(0, at))) return undefined;
  const inner = fromJson(line.slice(at));
  return inner === undefined ? undefined : line.slice(0, at) + inner;
};
const mostCoat = 200;

const unquoted = (line: string): string | undefined => {
  try {
    const inner: unknown = JSON.parse(line);
    return typeof inner === 'string' ? (fromJson(inner) ?? inner) : undefined;
  } catch {
    return undefined;
  }
};

const isBytes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every(one => Number.isInteger(one) && one >= 0 && one < 256);
