/** What the last run left and what the file asks for now, each as resources with their answers, in one round trip. */
import type { Input } from '../../blueprint/input.js';
import { withoutRemoved } from '../../blueprint/reset/leave.js';
import type { Session } from '../../engine/session.js';
import type { Query } from '../../engine/survey.js';
import type { ArtifactSet } from '../../model/artifact.js';
import type { ClusterSpec } from '../../model/cluster.js';
import { defaultDrain } from '../../model/drain.js';
import type { Applied } from '../../model/drift.js';
import { clusterHost, idOf, type Resource } from '../../model/resource.js';
import type { Wanting } from '../../plan/drift/compare.js';
import { readCluster } from '../../spec/index.js';
import type { ClusterFile } from '../cluster-file.js';
import { artifactsOf, type Story } from '../story.js';

export interface Wanted {
  readonly now: Wanting;
  /** `now` itself where the file is the same. */
  readonly left: Wanting | undefined;
  /** Why nobody knows what was left, though it was applied. */
  readonly why?: string;
  /** Hosts of the last run that the file does not name any more. */
  readonly formerHosts: readonly string[];
}

export async function wantedThenAndNow(
  story: Story,
  session: Session,
  file: ClusterFile,
  input: Input,
  last: Applied | undefined,
): Promise<Wanted> {
  const now = resourcesOf(story, input);
  const same = last?.file === file.text;
  const before = last && !same ? await inputThen(story, file, input, last) : undefined;
  const then = before && 'input' in before ? resourcesOf(story, before.input) : undefined;
  const answers = await answersTo(story, session, [now, ...(then ? [then] : [])]);
  const [answersNow = new Map(), answersThen = new Map()] = answers;
  const left = then && { resources: then, answers: answersThen };
  const wanting = { resources: now, answers: answersNow };
  const named = new Set(input.spec.hosts.map(({ name }) => name));
  const spec = before && 'input' in before ? before.input.spec : input.spec;
  return {
    now: wanting,
    left: same ? wanting : left,
    ...(before && 'why' in before ? { why: before.why } : {}),
    formerHosts: spec.hosts.map(({ name }) => name).filter(name => !named.has(name)),
  };
}

function resourcesOf({ craft: { kinds, wanted } }: Story, input: Input): readonly Resource[] {
  const undo = (kind: string, key: string, was: unknown) => kinds[kind]?.undo?.(key, was);
  return withoutRemoved(input, wanted(input), { drain: defaultDrain, undo });
}

/** The same hosts as they are now, under the file of then. */
async function inputThen(
  story: Story,
  file: ClusterFile,
  input: Input,
  last: Applied,
): Promise<{ readonly input: Input } | { readonly why: string }> {
  const read = readCluster(last.file, 'the file of the last run');
  if (!read.ok) return { why: `this kw cannot read the file that was applied: ${read.problems[0]?.says ?? ''}` };
  const spec = read.value;
  const artifacts = await artifactsThen(story, file.spec, spec, input.artifacts);
  if (!artifacts) return { why: `the files of Kubernetes ${spec.kubernetes}, which was applied, are not at hand` };
  const named = new Set(spec.hosts.map(({ name }) => name));
  const leaving = (input.leaving ?? []).filter(({ name }) => !named.has(name));
  const facts = new Map([...input.facts].filter(([name]) => named.has(name)));
  return { input: { ...input, spec, artifacts, facts, leaving } };
}

async function artifactsThen(
  story: Story,
  now: ClusterSpec,
  then: ClusterSpec,
  set: ArtifactSet,
): Promise<ArtifactSet | undefined> {
  const asked = ({ kubernetes, artifacts, runtime }: ClusterSpec): string =>
    JSON.stringify([kubernetes, artifacts, runtime]);
  return asked(now) === asked(then) ? set : artifactsOf(story, then).catch(() => undefined);
}

/** Equal questions are asked once. */
async function answersTo({ craft: { kinds } }: Story, session: Session, all: readonly (readonly Resource[])[]) {
  const queries = new Map<string, Query>();
  const places = all.map(resources =>
    resources.map(resource => {
      const kind = kinds[resource.kind];
      if (!kind) throw new Error(`no kind is named ${resource.kind}`);
      const { question } = kind.read(resource.key, resource.want);
      const host = question.ask === 'api' ? clusterHost : resource.host;
      const id = all.length === 1 ? idOf(resource) : `${host} ${JSON.stringify(question)}`;
      queries.set(id, { id, host, question });
      return [idOf(resource), id] as const;
    }),
  );
  const seen = await session.ask([...queries.values()]);
  return places.map(
    resources => new Map(resources.map(([id, asked]) => [id, seen.get(asked) ?? { missing: 'it was not asked' }])),
  );
}
