import type { About } from './explain/account.js';
import type { Notion } from './explain/speech/speech.js';
import type { Resource, Risk } from '../model/resource.js';
import type { Chart } from './chart/chart.js';
import type { Finding, Found, Verdict } from './examine/verdict.js';
import { type Quote, shownIn } from './read/quote.js';

/** The facts of each variant of a case: `{ 'pods-differ': { program: string; told: Cidr } }`. */
export type FactsByVariant = Readonly<Record<string, unknown>>;

/** A finding of one of these variants; `variant` tells which facts it carries. */
export type FoundOf<V extends FactsByVariant> = {
  [K in keyof V & string]: Found<V[K], K>;
}[keyof V & string];

/** As it is given to `verify`: with the pieces of evidence that prove it, as they are shown. */
export type Proven<V extends FactsByVariant> = FoundOf<V> & Pick<Finding, 'shows'>;

export interface Variant<F = Found> {
  /** The variant in a sentence, without facts. */
  readonly means: string;
  /** One sentence with both sides of the disagreement, made from the facts. */
  says(finding: F): string;
  /** What was seen of it and proves it, made from the facts. */
  shows(finding: F): readonly Quote[];
}

/** What holds of a case whoever looks at it; `defineCase` makes one from its typed definition. */
interface CaseHead {
  /** Kebab case, states the truth: `client-and-server-disagree-on-ca`. */
  readonly id: string;
  /** Of cases that explain each other the lower one leads; among equals of a report it stands first. */
  readonly precedence: number;
  readonly title: string;
  /** Number of the founding case, 1 to 14. */
  readonly founding?: number;
  /** Kubernetes minors in which it exists: `>=1.24`, a semver range over minors; absent: all. */
  readonly versions?: string;
  /** Error texts that this case can be behind. `benign`: what the same text means when it is harmless. */
  readonly symptoms: readonly Symptom[];
  /** Records of who failed with whom and how (src/clinic/explain/account.ts) that this case can be behind. */
  readonly about?: readonly About[];
  /**
   * What people speak of who tell of this case in their own words (src/clinic/explain/speech): of each group all must
   * be spoken of.
   */
  readonly told?: readonly (readonly Notion[])[];
  /**
   * Cases (or their variants, `case/variant`) that are this one's consequences: they are hung below it when both are
   * sick.
   */
  readonly explains: readonly string[];
  /** Popular cures that make it worse, each with the reason. */
  readonly badCures?: readonly BadCure[];
  /**
   * Measured over time: load alone makes it begin, so one that begins during a therapy is told of, and is no reason to
   * take the therapy back.
   */
  readonly byItself?: true;
  /**
   * False: one kernel's hosts cannot carry it apart; fixtures stand in: a healthy cluster's evidence, changed by hand
   * as the illness would change it.
   */
  readonly lab: boolean;
  /**
   * Sections of a chart that it reads but can do without, because another one says the same (`files` where `processes`
   * answer).
   */
  readonly spare?: readonly string[];
  /** Where the knowledge is from: issue threads, RFCs, Kubernetes pages. */
  readonly sources: readonly string[];
}

/** An illness of a cluster: how it shows, how it is proven, how it is cured. One folder per case. */
export interface CaseDefinition<V extends FactsByVariant> extends CaseHead {
  readonly variants: { readonly [K in keyof V & string]: Variant<Found<V[K], K>> };
  /** Pure: reads only the chart. */
  diagnose(chart: Chart): Verdict<FoundOf<V>>;
  /** Decides by facts: a sentence is not given to it. A refusal where only a person can do it; `advice` says how. */
  therapy(finding: FoundOf<V>, chart: Chart): Therapy | Refusal;
  /** The commands by which a person sees the same evidence, what they answer now, and what a healthy one looks like. */
  verify(finding: Proven<V>, chart: Chart): readonly Check[];
}

/** A case whose facts are known to itself alone. */
export interface Case extends CaseHead {
  readonly variants: Readonly<Record<string, Variant>>;
  diagnose(chart: Chart): Verdict;
  therapy(finding: Found, chart: Chart): Therapy | Refusal;
  verify(finding: Finding, chart: Chart): readonly Check[];
}

export interface Symptom {
  readonly text: RegExp;
  readonly benign?: string;
  /** Only that somebody was not reached: other causes than this case end in the same words. */
  readonly open?: true;
}

/**
 * Resources that shall be so again; most are the blueprint's own. Setup and cure share diff, plan, engine and journal.
 */
export interface Therapy {
  readonly title: string;
  readonly risk: Risk;
  readonly want: readonly Resource[];
  /** Needs a fresh backup of etcd before it may run. */
  readonly backup?: true;
}

export interface Refusal {
  readonly refused: string;
  readonly advice: readonly string[];
}

/** `text`: how it looks in a command line or an answer of some forum, so that `kw explain` can say no in time. */
export interface BadCure {
  readonly cure: string;
  readonly why: string;
  readonly text?: RegExp;
}

export interface Check {
  readonly command: string;
  readonly host: string;
  readonly answer: string;
  readonly healthy: string;
}

/** What is ill on the control machine is a person's own file, or was only seen from there: no host to act on. */
const onControlMachine: Refusal = {
  refused: 'it was seen from the control machine, and kw changes no file there and no host that it has not seen',
  advice: [
    'take a fresh kubeconfig from the cluster: kw kubeconfig, or /etc/kubernetes/admin.conf of a control plane',
    'if others cannot reach the API either, the server is ill: kw doctor --hosts CONTROL-PLANES proves it there ' +
      'and has the therapy',
  ],
};

export const defineCase = <V extends FactsByVariant>(definition: CaseDefinition<V>): Case =>
  Object.freeze({
    ...(definition as unknown as Case),
    diagnose: (chart: Chart) => told(definition, definition.diagnose(chart), chart),
    therapy: (finding: Found, chart: Chart) =>
      finding.host === 'control machine' ? onControlMachine : definition.therapy(finding as FoundOf<V>, chart),
  });

/** The findings with what is said of them and shown, both made from their facts alone. */
const told = <V extends FactsByVariant>(
  { variants }: CaseDefinition<V>,
  verdict: Verdict<FoundOf<V>>,
  chart: Chart,
): Verdict => {
  if (verdict.verdict !== 'sick') return verdict;
  const findings = verdict.findings.map((finding): Finding => {
    const variant = variants[finding.variant] as Variant;
    const shows = variant.shows(finding).map(one => shownIn(chart, finding.host, one));
    return { ...finding, says: variant.says(finding), shows };
  });
  return { ...verdict, findings };
};

/** The variant in a sentence, without facts. */
export const meaningOf = (one: Case, variant: string): string => one.variants[variant]?.means ?? variant;
