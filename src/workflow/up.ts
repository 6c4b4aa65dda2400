/** The plan, consent, the work, the proof. */
import type { DrainPolicy } from '../model/drain.js';
import { covers, provenUpTo } from '../engine/last-proof.js';
import type { Session } from '../engine/session.js';
import { rememberWays } from '../engine/vault/ways.js';
import type { EventBody } from '../model/event.js';
import type { Stage } from '../model/resource.js';
import type { Plan } from '../model/plan.js';
import { replacesVersion } from '../plan/disruption.js';
import { upTo } from '../plan/order.js';
import { type Drafted, draftFor } from './build/draft.js';
import type { Given } from './build/consent.js';
import { forGoodText } from './build/gone.js';
import { leavingText, unseenText } from './build/leaving-text.js';
import { rememberingEtcd } from './build/etcd-remembered.js';
import { type Ended, execute } from './build/execute.js';
import { agreedByOption, mayFailOver } from './build/fail-over.js';
import { keepCopy } from './build/keep-copy.js';
import { tellOldTrust } from './build/old-trust.js';
import { tellAway } from './build/lost.js';
import { allSeen, checkWithout, firstBuild, isFirstBuild } from './build/first-build.js';
import { asideCredentials } from './build/taken-over.js';
import { stops } from './build/preflight.js';
import { proveUntil } from './build/proof.js';
import type { ClusterFile } from './cluster-file.js';
import { mistaken } from './mistaken.js';
import type { Ports } from './ports.js';
import { forgetTakenBack } from './taken-back.js';
import { artifactsOf, begin, open, type Story } from './story.js';

export interface UpOptions {
  /** The last stage; absent: all. */
  readonly until?: Stage | undefined;
  /** False: without the proof at the end. */
  readonly verify?: boolean | undefined;
  /** Agrees to everything but the loss of data. */
  readonly yes?: boolean | undefined;
  /** Workers that a first build may go without; of a revival, hosts that are not waited for. */
  readonly without?: readonly string[] | undefined;
  /** `kw-2=3f9c0d2a41bb`: hosts that another cluster is to lose, each with what it showed. */
  readonly takeOver?: readonly string[] | undefined;
  /** The cluster's name: what its old etcd held is given up, and an empty one is founded. */
  readonly newEtcd?: string | undefined;
  /** `off`: no node is drained. Absent: as kubectl does without flags. */
  readonly drain?: DrainPolicy | 'off' | undefined;
  /** True: refused where no certificate has ended, and something else is to be done. */
  readonly revives?: boolean | undefined;
  /** Who acts; absent: `kw up`. */
  readonly command?: string | undefined;
  /** Hosts that the file does not name any more stay as they are: something else is done. */
  readonly stay?: boolean | undefined;
  /** Hosts that are gone for good. */
  readonly replaces?: readonly string[] | undefined;
  /** The cluster's name, typed: nobody sees that they are gone, and a person says so. */
  readonly phrase?: string | undefined;
  /** The cluster file is written once the plan was agreed to. */
  readonly writes?: { readonly change: FileChange; readonly save: () => Promise<void> } | undefined;
}

type FileChange = Extract<EventBody, { readonly type: 'file-change' }>;

export async function up(file: ClusterFile, ports: Ports, options: UpOptions = {}): Promise<Ended> {
  if (!options.revives) checkWithout(file, options.without ?? []);
  const story = begin(ports, file.warnings);
  const artifacts = artifactsOf(story, file.spec);
  const session = await open(story, file, { purpose: 'change', takeOver: options.takeOver, keys: 'fetch' });
  try {
    const drafted = await draftFor(story, session, artifacts, {
      newEtcd: options.newEtcd,
      drain: options.drain,
      replaces: options.replaces,
      without: options.without,
      // Whoever stops before the end has not come to what goes after everything else.
      removes: options.stay !== true && (options.until ?? 'addons') === 'addons',
    });
    if (options.revives) mustRevive(drafted, story);
    if (stops(drafted.preflight)) {
      tellAway(session, story.emit);
      return { ended: 'refused' };
    }
    const ended = await build(story, session, drafted, { ...options, text: file.text });
    if (ended.ended === 'ran' && ended.outcome.ok) {
      await forgetTakenBack(session, story.byThemselves);
      await tellOldTrust(session, drafted, story.emit);
    }
    return ended;
  } finally {
    session.close();
  }
}

type Building = UpOptions & { readonly text: string };

async function build(story: Story, session: Session, drafted: Drafted, options: Building): Promise<Ended> {
  const { until, verify = true, yes, without = [], writes, command = 'kw up' } = options;
  if (writes) story.emit(writes.change);
  const plan = until ? upTo(drafted.plan, until) : drafted.plan;
  const first = isFirstBuild(drafted);
  if (first) allSeen(session, drafted, without);
  const owed = verify && plan.steps.length === 0 && (await owesProof(session.dir, until ?? 'addons'));
  if (owed) story.emit({ type: 'note', says: 'the last run ended without its proof: proving now' });
  const proves = verify && (plan.steps.length > 0 || owed);
  const last = proves && (until ?? 'addons') === 'addons';
  let failover = false;
  const agreeOnFailover = async (): Promise<void> => {
    const revives = drafted.ended === 'revives';
    const agreed = agreedByOption({ first, yes: yes === true, spares: revives || backupIsDue(plan) });
    failover = last && (await mayFailOver(session.spec, agreed, story));
  };
  const reached = session.spec.hosts.filter(({ name }) => !session.lost.has(name));
  const nothing = plan.steps.length === 0;
  if (nothing) await Promise.all([agreeOnFailover(), rememberWays(session.dir, reached)]);
  return rememberingEtcd(session, drafted, foundsNow =>
    execute(story, session, drafted, plan, {
      command,
      // Whoever has typed the name has agreed to less, too: of a run that was cut off the rest may be harmless.
      yes: yes === true || (options.replaces !== undefined && options.phrase === plan.cluster),
      ...atStake(drafted, options),
      question: first ? firstBuild(plan) : drafted.ended === 'revives' ? revivalQuestion : undefined,
      // With `stay` hosts may be left that the file does not name: it is applied as far as its own hosts go.
      applies: (until ?? 'addons') === 'addons' ? options.text : undefined,
      beforeFirstStep: async () => {
        await agreeOnFailover();
        if (writes) {
          await writes.save();
          story.emit({ ...writes.change, written: true });
        }
        await rememberWays(session.dir, reached);
        if (backupIsDue(plan)) await keepCopy(story, session, drafted, 'upgrade');
        await asideCredentials(session);
        await foundsNow();
      },
      afterwards: proves
        ? proving => proveUntil(session, drafted.artifacts, until ?? 'addons', { ...proving, failover })
        : undefined,
    }),
  );
}

const revivalQuestion =
  'Certificates are signed again, and what has them is started in that order. No data are changed. Go on?';

/** Who asks for a revival gets nothing else. Throws Mistaken. */
function mustRevive({ ended, plan: { steps } }: Drafted, { emit }: Story): void {
  if (ended !== 'none') return;
  if (steps.length === 0)
    emit({ type: 'note', says: 'no certificate of this cluster has ended: there is nothing to revive' });
  else
    throw mistaken(
      'nothing-ended',
      `no certificate of this cluster has ended, so there is nothing to revive; the file wants ${steps.length} other ` +
        `${steps.length === 1 ? 'change' : 'changes'}`,
      'kw plan shows what, kw up carries it out; kw certs shows every certificate, and kw doctor what is ill',
    );
}

/** What only a typed phrase agrees to. */
function atStake(
  { givesUpEtcd, input }: Drafted,
  { newEtcd, phrase }: UpOptions,
): Pick<Given, 'risk' | 'phrase' | 'stake'> {
  const stake = forGoodText(input) ?? unseenText(input);
  if (stake !== undefined) return { risk: 'data', phrase, stake };
  if (givesUpEtcd) return { risk: 'data', phrase: newEtcd };
  const leave = leavingText(input);
  return leave === undefined ? { phrase } : { risk: 'downtime', phrase, stake: leave };
}

/** Also where nothing runs that would restart: what is stopped starts as the new version. */
const backupIsDue = ({ steps }: Plan): boolean => steps.some(replacesVersion);

/**
 * The last run ended before its proof, or without it. Of runs from other control machines nothing is known, and nothing
 * owed.
 */
async function owesProof(dir: string, until: Stage): Promise<boolean> {
  const proven = await provenUpTo(dir);
  return proven !== undefined && !covers(proven, until);
}
