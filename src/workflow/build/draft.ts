/** What a session sees of its hosts, and the plan that follows from it. */
import { hash } from 'node:crypto';
import type { Input } from '../../blueprint/input.js';
import { withRemoved } from '../../blueprint/removed.js';
import { withoutRemoved } from '../../blueprint/reset/leave.js';
import type { Undo } from '../../blueprint/reset/reset-cluster.js';
import { isTableUnseen } from '../../blueprint/network/addresses.js';
import type { ArtifactSet } from '../../model/artifact.js';
import type { HostFacts } from '../../model/host-facts.js';
import type { Plan } from '../../model/plan.js';
import type { Resource } from '../../model/resource.js';
import type { Session } from '../../engine/session.js';
import type { Vault } from '../../engine/vault.js';
import { hostFacts } from '../../facts/host.js';
import type { Finding } from '../../preflight/finding.js';
import { saysKnownHoles } from '../../preflight/known-holes.js';
import { hostFindings } from '../../preflight/moving.js';
import { saysMetrics } from '../../preflight/metrics.js';
import { defaultDrain, type DrainPolicy } from '../../model/drain.js';
import { rememberedIdentity } from '../../engine/vault/identity.js';
import { etcdHasLived } from '../../preflight/etcd-founding.js';
import { etcdStays } from './etcd-stays.js';
import { answersFor } from './answers.js';
import { goneFor } from './gone.js';
import { askMetricsOwner } from './metrics-owner.js';
import { departing } from './leaving.js';
import { tellLost } from './lost.js';
import { noForeignData, withoutTaken } from './taken-over.js';
import { planFindings, plannedFor } from './planned.js';
import { preflight } from './preflight.js';
import { standsOn } from './authorities.js';
import { isEnding, type RenewedAuthority, renewing } from './renewed-authorities.js';
import { sameApi } from './same-api.js';
import { type Story, vaultOf } from '../story.js';

export interface Unseen {
  readonly host: string;
  readonly why: string;
}

export interface Drafted {
  readonly plan: Plan;
  readonly resources: readonly Resource[];
  readonly artifacts: ArtifactSet;
  readonly vault: Vault;
  readonly input: Input;
  readonly unseen: readonly Unseen[];
  readonly preflight: readonly Finding[];
  /** What the cluster's old etcd held is given up: its name was typed. */
  readonly givesUpEtcd: boolean;
  /** Certificates have ended, on whichever host; `revives`: so many that the plan brings the cluster back. */
  readonly ended: 'none' | 'some' | 'revives';
  /** CAs that are signed anew by their own keys. */
  readonly renewed: readonly RenewedAuthority[];
}

export interface Known {
  readonly input: Input;
  readonly artifacts: ArtifactSet;
  readonly vault: Vault;
  readonly unseen: readonly Unseen[];
}

/** What the blueprint needs to know before it can say what is wanted. */
export async function inputFor(
  { emit }: Pick<Story, 'emit'>,
  session: Session,
  artifacts: Promise<ArtifactSet>,
  removes = false,
): Promise<Known> {
  const { spec } = session;
  tellLost(session, emit);
  const [seen, set, vault] = await Promise.all([factsOf(session), artifacts, vaultOf(session)]);
  const facts = withoutTaken(seen.facts, session.taken());
  const stands = await standsOn(session, facts, vault);
  const [gone, metrics] = await Promise.all([departing(session, facts, removes), askMetricsOwner(session, facts)]);
  const sha256 = (text: string): string => hash('sha256', text);
  return {
    input: {
      spec,
      facts,
      ...gone,
      tableUnseen: isTableUnseen(spec, facts),
      etcdLived: etcdHasLived(facts),
      ...(metrics ? { metrics } : {}),
      ...stands,
      artifacts: set,
      sha256,
    },
    artifacts: set,
    vault,
    unseen: seen.unseen,
  };
}

export interface Drafting {
  /** What is wanted in place of the cluster, for reset. */
  readonly absence?: (input: Input) => readonly Resource[];
  /** The cluster's name: what its old etcd held is given up, and an empty one may be founded. */
  readonly newEtcd?: string | undefined;
  /** `off`: no node is drained; absent: as kubectl does without flags. */
  readonly drain?: DrainPolicy | 'off' | undefined;
  /** Hosts that are gone for good. */
  readonly replaces?: readonly string[] | undefined;
  /** What is wanted where a phase of a rotation begins, of what stands. */
  readonly turns?: ((known: Known) => Promise<Input>) | undefined;
  /** Hosts that the file does not name any more are taken out of the cluster. Absent: they stay as they are. */
  readonly removes?: boolean | undefined;
  /** Nodes whose pods may be taken from them when the cluster is revived. */
  readonly without?: readonly string[] | undefined;
}

export async function draftFor(
  story: Story,
  session: Session,
  artifacts: Promise<ArtifactSet>,
  { absence, newEtcd, drain = defaultDrain, replaces = [], removes = false, turns, without = [] }: Drafting = {},
): Promise<Drafted> {
  const { spec } = session;
  const stands = await renewing(story, await inputFor(story, session, artifacts, removes), !absence);
  const { input: now, unseen: unobserved, renewed, ...known } = stands;
  const seen = turns ? await turns(stands) : now;
  const input = replaces.length > 0 ? await withoutGone(session, seen, replaces) : seen;
  const givesUpEtcd = !absence && (await mayGoOn(session, input, newEtcd));
  const resources = absence ? absence({ ...input, tableUnseen: false }) : wantedBy(story, input, drain);
  const [answers, checked] = await Promise.all([
    answersFor(session, input, resources),
    absence ? [] : preflight(session, input.facts, story.ports.clock),
    sameApi(session, input.facts),
  ]);
  const findings = absence
    ? checked
    : [...hostFindings(input), ...saysKnownHoles(spec, known.artifacts), ...saysMetrics(input), ...checked];
  if (findings.length > 0) story.emit({ type: 'preflight', findings });
  const scene = { input, resources, answers, drain, without, ends: absence !== undefined };
  const planned = await plannedFor(story, session, scene);
  const { plan, lived, revival } = planned;
  const late = await planFindings(session, scene, planned);
  if (late.length > 0) story.emit({ type: 'preflight', findings: late });
  return {
    plan: withUnseen(plan, unobserved),
    resources: planned.resources,
    ...known,
    input,
    unseen: unobserved,
    preflight: [...findings, ...late],
    givesUpEtcd,
    ended: revival ? 'revives' : isEnding(stands, lived, story.ports.clock()) ? 'some' : 'none',
    renewed,
  };
}

function wantedBy({ craft: { kinds, wanted } }: Story, input: Input, drain: DrainPolicy | 'off'): readonly Resource[] {
  const undo: Undo = (kind, key, was) => kinds[kind]?.undo?.(key, was);
  return withoutRemoved(input, wanted(input), { drain, undo });
}

function withUnseen(plan: Plan, unobserved: readonly Unseen[]): Plan {
  const already = new Set(plan.unseen.map(one => one.host));
  return { ...plan, unseen: [...plan.unseen, ...unobserved.filter(one => !already.has(one.host))] };
}

/** Whoever is gone for good has no route either. */
async function withoutGone(session: Session, input: Input, names: readonly string[]): Promise<Input> {
  const { leaving = [] } = input;
  return {
    ...input,
    gone: await goneFor(session, input, names),
    leaving: leaving.filter(({ name }) => !names.includes(name)),
  };
}

/** What no plan may do is refused before one is drafted. @returns whether an old etcd is given up by a typed phrase. */
async function mayGoOn(session: Session, input: Input, newEtcd?: string): Promise<boolean> {
  const { facts, authorities, gone } = input;
  noForeignData(session, facts);
  const remembered = await rememberedIdentity(session.dir);
  return etcdStays(session, facts, { ca: authorities.ca, remembered, newEtcd, gone, whole: withRemoved(input) });
}

/** What every host of the file says of itself now. */
export async function factsOf(
  session: Pick<Session, 'spec' | 'ask'>,
): Promise<{ readonly facts: ReadonlyMap<string, HostFacts>; readonly unseen: readonly Unseen[] }> {
  const questions = session.spec.hosts.map(host => ({ host: host.name, fact: hostFacts(host.address) }));
  const seen = await session.ask(questions.map(({ host, fact }) => ({ id: host, host, question: fact.question })));
  const facts = new Map<string, HostFacts>();
  const unseen: Unseen[] = [];
  for (const { host, fact } of questions) {
    const answer = seen.get(host);
    if (!answer || 'missing' in answer) {
      unseen.push({ host, why: answer?.missing ?? 'it was not asked' });
      continue;
    }
    try {
      facts.set(host, fact.parse(answer.raw));
    } catch (error) {
      unseen.push({ host, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return { facts, unseen };
}
