/** Who wrote to objects of the API, by the audit log that an API server keeps on its host. */
import { z } from 'zod';
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { type Script, sh } from '../../shell/sh.js';

export interface ApiWrite {
  /** Milliseconds since 1970, by the API server's clock. */
  readonly at: number;
  readonly verb: string;
  readonly user: string;
  readonly from: string;
  readonly program: string;
  /** `clusterroles//view`: resource, namespace, name. */
  readonly object: string;
}

const most = 400;

/** `/apis/GROUP/VERSION/namespaces/NS/RESOURCE/NAME` as the log names it; undefined: it is no object's path. */
export const auditName = (path: string): { readonly object: string; readonly name: string } | undefined => {
  const words = path
    .split('/')
    .slice(path.startsWith('/api/') ? 3 : 4)
    .map(decodeURIComponent);
  const [first, namespace, resource, name] = words;
  if (words.length === 4 && first === 'namespaces')
    return { object: `${resource}/${namespace}/${name}`, name: name ?? '' };
  return words.length === 2 ? { object: `${first}//${namespace}`, name: namespace ?? '' } : undefined;
};

/** @param log Where it is. @param names Of objects; the newest writes of each. */
export const apiWrites = (log: string, names: readonly string[]): Fact<readonly ApiWrite[]> => ({
  id: 'api-audit',
  question: { ask: 'host', seconds: 30, bytes: 1 << 21, script: script(log, names) },
  parse: read,
});

/** The log turns over at 100 MB: its newest 64 are looked through. */
const script = (log: string, names: readonly string[]): Script => sh`if [ -r ${log} ]; then
  echo log
  tail -c 67108864 ${log} | grep -E '"verb":"(create|update|patch|delete|deletecollection)"' |
    grep -v '"subresource":"status"' | grep -F ${names.flatMap(name => ['-e', `"name":${JSON.stringify(name)}`])} |
    tail -n ${most}
  echo end
else echo none; fi`;

const line = z.object({
  verb: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  sourceIPs: z.array(z.string()).optional(),
  userAgent: z.string().optional(),
  objectRef: z.object({
    resource: z.string(),
    namespace: z.string().optional(),
    name: z.string().optional(),
    subresource: z.string().optional(),
  }),
  responseStatus: z.object({ code: z.number().optional() }).optional(),
  requestReceivedTimestamp: z.string(),
});

function read(output: string): readonly ApiWrite[] {
  if (output.trim() === 'none') return [];
  const lines = output.split('\n');
  if (lines[0] !== 'log' || !lines.includes('end')) throw new Unreadable('api-audit', output, 'no begin or no end');
  return lines.slice(1).flatMap(text => writeIn(text) ?? []);
}

function writeIn(text: string): ApiWrite | undefined {
  const read = line.safeParse(json(text));
  if (!read.success) return undefined;
  const { verb, user, impersonatedUser, sourceIPs = [], userAgent = '', objectRef, responseStatus } = read.data;
  const at = Date.parse(read.data.requestReceivedTimestamp);
  if ((responseStatus?.code ?? 200) >= 300 || !Number.isFinite(at)) return undefined;
  const { resource, namespace = '', name = '' } = objectRef;
  return {
    at,
    verb,
    user: impersonatedUser ? `${user.username} as ${impersonatedUser.username}` : user.username,
    from: sourceIPs[0] ?? '',
    program: userAgent.split(' ')[0]?.slice(0, 80) ?? '',
    // The log names a namespace as its own.
    object: `${resource}/${resource === 'namespaces' ? '' : namespace}/${name}`,
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
