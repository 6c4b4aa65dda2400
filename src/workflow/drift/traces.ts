/** Asks hosts what they wrote down of those who changed something: only hosts on which something differs. */
import { auditLog } from '../../blueprint/render/paths.js';
import type { Session } from '../../engine/session.js';
import type { Query, Seen } from '../../engine/survey.js';
import { type ApiWrite, apiWrites, auditName } from '../../facts/traces/api-audit.js';
import { fileAudit } from '../../facts/traces/file-audit.js';
import { fileTimes } from '../../facts/traces/file-times.js';
import { logins } from '../../facts/traces/logins.js';
import { packageLog } from '../../facts/traces/package-log.js';
import { unitTimes } from '../../facts/traces/unit-times.js';
import { withRole } from '../../model/cluster.js';
import type { Difference, LastApplied } from '../../model/drift.js';
import type { Fact } from '../../model/fact.js';
import { clusterHost } from '../../model/resource.js';
import type { Traces } from '../../plan/drift/author.js';
import { traitsOf } from '../../resources/index.js';
import { factValue } from '../fact-value.js';

export interface AllTraces {
  readonly hosts: ReadonlyMap<string, Traces>;
  /** Of the API servers that keep an audit log and were seen. */
  readonly writes: readonly ApiWrite[];
  /** Hosts whose traces could not be read. */
  readonly unread: readonly { readonly host: string; readonly why: string }[];
}

type Asked = Pick<Session, 'spec' | 'ask' | 'lost'>;

interface Asking {
  readonly host: string;
  readonly files: readonly string[];
  readonly units: readonly string[];
  readonly packages: boolean;
  /** Of objects whose writes are looked for in its audit log. */
  readonly objects: readonly string[];
}

/** A day before the last run, or the last month: whoever edits may have opened the file long ago. */
const day = 86_400_000;

export async function tracesOf(
  session: Asked,
  differences: readonly Difference[],
  last: LastApplied | undefined,
  clock: () => Date,
): Promise<AllTraces> {
  const since = (last ? Date.parse(last.at) - day : clock().getTime() - 30 * day) / 1000;
  const asking = hostsToAsk(session, differences);
  const queries: Query[] = [];
  const heard = new Map<string, number>();
  const facts = asking.map(one => {
    const of = factsFor(one, since);
    for (const [name, fact] of Object.entries(of))
      queries.push({
        id: `${one.host} ${name}`,
        host: one.host,
        question: (fact as Fact<unknown>).question,
        heard: () => heard.set(one.host, clock().getTime() / 1000),
      });
    return { ...one, of };
  });
  const seen = await session.ask(queries);
  const read = facts.map(one => ({ host: one.host, ...readTraces(one, seen, heard.get(one.host)) }));
  return {
    hosts: new Map(read.flatMap(({ host, traces }) => (traces ? [[host, traces] as const] : []))),
    writes: read.flatMap(({ writes }) => writes),
    unread: read.flatMap(({ host, why }) => (why === undefined ? [] : [{ host, why }])),
  };
}

function hostsToAsk({ spec, lost }: Asked, differences: readonly Difference[]): readonly Asking[] {
  const asked = differences.filter(({ origin }) => origin !== 'file' && origin !== 'wish');
  const objects = asked.filter(({ host }) => host === clusterHost).flatMap(({ key }) => auditName(key)?.name ?? []);
  const servers = new Set(objects.length > 0 ? withRole(spec, 'controlPlane').map(({ name }) => name) : []);
  const hosts = new Set([...servers, ...asked.map(({ host }) => host)].filter(host => host !== clusterHost));
  return [...hosts]
    .filter(host => !lost.has(host))
    .map(host => {
      const mine = asked.filter(one => one.host === host);
      return {
        host,
        files: mine.filter(({ kind }) => traitsOf(kind).path).map(({ key }) => key),
        units: mine.filter(({ kind }) => traitsOf(kind).role === 'unit').map(({ key }) => key),
        packages: mine.some(({ kind }) => traitsOf(kind).role === 'installed'),
        objects: servers.has(host) ? [...new Set(objects)] : [],
      };
    });
}

/** The logins come last: by their clock all times are read. */
const factsFor = ({ files, units, packages, objects }: Asking, since: number) => ({
  ...(files.length > 0 ? { files: fileTimes(files), audit: fileAudit(files) } : {}),
  ...(units.length > 0 ? { units: unitTimes(units) } : {}),
  ...(packages ? { packages: packageLog } : {}),
  ...(objects.length > 0 ? { writes: apiWrites(auditLog, objects) } : {}),
  logins: logins(since),
});

function readTraces(
  { host, files, units, of }: Asking & { readonly of: ReturnType<typeof factsFor> },
  seen: ReadonlyMap<string, Seen>,
  heard: number | undefined,
): { readonly traces?: Traces; readonly writes: readonly ApiWrite[]; readonly why?: string } {
  const reasons: string[] = [];
  const told = <T>(name: string, fact: Fact<T> | undefined): T | undefined => {
    if (!fact) return undefined;
    const answer = factValue(fact, seen.get(`${host} ${name}`));
    if ('why' in answer) reasons.push(answer.why);
    return 'value' in answer ? answer.value : undefined;
  };
  const writes = told('writes', of.writes) ?? [];
  const times = told('files', of.files) ?? [];
  const states = told('units', of.units) ?? [];
  const touched = told('audit', of.audit);
  const packages = told('packages', of.packages);
  const people = told('logins', of.logins);
  const why = reasons.length > 0 ? { why: reasons.join('; ') } : {};
  // Without its clock no time of this host means anything.
  if (!people || heard === undefined) return { writes, ...why };
  const traces: Traces = {
    ahead: people.now - heard,
    files: new Map(files.flatMap((path, at) => (times[at] ? [[path, times[at]] as const] : []))),
    units: new Map(units.flatMap((unit, at) => (states[at] ? [[unit, states[at]] as const] : []))),
    touched: touched ?? new Map(),
    logins: people,
    ...(packages ? { packages } : {}),
  };
  return { traces, writes, ...why };
}
