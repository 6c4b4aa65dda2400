/** Source `auto`: what is in the cache already, else the first source that answers and has this version. */
import type { ArtifactSet } from '../model/artifact.js';
import { type Failure, WorldFailed } from '../model/event.js';
import { debianRecord, fromDebian, refuseOtherVersions } from './debian/debian.js';
import { debianSources } from './debian/apt.js';
import { failed } from './failure.js';
import { askGo, fromGo, goSetRecord } from './go/go.js';
import { askMirror, fromMirror, mirrorRecord } from './mirror/mirror.js';
import type { ResolveOptions, Wanted } from './options.js';
import { ask, fromRelease, releaseRecord, releaseSites } from './release/release.js';
import { oneQuickAttempt } from './release/retry.js';
import { recall } from './store/record.js';
import { canBring } from './wishes.js';

interface Candidate {
  readonly source: ArtifactSet['source'];
  /** undefined: what the cluster file wants of containerd and runc it never has. */
  readonly record: string | undefined;
  /** Throws WorldFailed with the reason why not. */
  answers(quick: ResolveOptions): Promise<unknown>;
  resolve(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet>;
}

export async function fromFirst(wanted: Wanted, options: ResolveOptions): Promise<ArtifactSet> {
  const known = await recallArtifacts(wanted, options.cache);
  if (known) return known;
  const candidates = candidatesFor(wanted);
  const reasons: string[] = [];
  for (const candidate of candidates) {
    const refusal = await refusalOf(candidate, { ...options, retry: options.retry ?? oneQuickAttempt });
    if (!refusal) {
      options.progress(`artifacts come from source ${candidate.source}`);
      return candidate.resolve(wanted, options);
    }
    reasons.push(`${candidate.source}: ${refusal.message}`);
  }
  throw failed(
    'refused',
    `no source has Kubernetes ${wanted.kubernetes} for this machine:\n${reasons.join('\n')}`,
    'Give this machine a way to one of them, or name a mirror (artifacts.mirror): kw docs artifacts.',
  );
}

/** What the cache holds of this wish, whole: nothing is built, downloaded or asked. */
export async function recallArtifacts(wanted: Wanted, cache: string): Promise<ArtifactSet | undefined> {
  const named = candidatesFor(wanted).filter(one => wanted.source === 'auto' || wanted.source === one.source);
  for (const { record } of named) {
    const known = record === undefined ? undefined : await recall<ArtifactSet>(record, cache);
    if (known) return known;
  }
  return undefined;
}

const candidatesFor = (wanted: Wanted): readonly Candidate[] => [
  ...(wanted.mirror
    ? [
        {
          source: 'mirror' as const,
          record: mirrorRecord(wanted),
          answers: (quick: ResolveOptions) => askMirror(wanted, quick),
          resolve: fromMirror,
        },
      ]
    : []),
  {
    source: 'release',
    record: releaseRecord(wanted),
    answers: quick => ask(releaseSites(quick).kubernetes, wanted),
    resolve: fromRelease,
  },
  {
    source: 'go',
    record: canBring(wanted, 'go') ? goSetRecord(wanted) : undefined,
    answers: quick => askGo(wanted, quick),
    resolve: fromGo,
  },
  {
    source: 'debian',
    record: canBring(wanted, 'debian') ? debianRecord(wanted) : undefined,
    answers: () => askDebian(wanted),
    resolve: fromDebian,
  },
];

async function askDebian(wanted: Wanted): Promise<void> {
  refuseOtherVersions(wanted);
  await debianSources();
}

async function refusalOf(candidate: Candidate, quick: ResolveOptions): Promise<Failure | undefined> {
  try {
    await candidate.answers(quick);
    return undefined;
  } catch (error) {
    if (error instanceof WorldFailed) return error.failure;
    throw error;
  }
}
