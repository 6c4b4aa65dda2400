import type { Content } from '../model/content.js';
import type { DrainPolicy } from '../model/drain.js';
import type { CertificateRequest, Condition, EvictionVersion } from '../model/resource.js';
import type { Script } from '../model/script.js';

/** What can be wanted, by kind. The key of each is named in its comment. */
export interface Wants {
  /** key: absolute path. */
  readonly file: FileWant;
  /** key: absolute path. `absent` removes it with everything in it. */
  readonly directory: DirectoryWant;
  /** key: absolute path of an executable; it becomes a link into the host's content-addressed store. */
  readonly artifact: ArtifactWant;
  /** key: unit name with suffix, `kubelet.service`. */
  readonly service: ServiceWant;
  /** key: a word for the group, `node`. */
  readonly packages: PackagesWant;
  /** key: `net.ipv4.ip_forward`. The live value; a file under /etc/sysctl.d keeps it. */
  readonly sysctl: SysctlWant;
  /** key: absolute path of the certificate. */
  readonly certificate: CertificateWant;
  /** key: absolute path of the kubeconfig. */
  readonly kubeconfig: KubeconfigWant;
  /** key: image reference. */
  readonly image: ImageWant;
  /** key: API path of the object, `/api/v1/namespaces/kube-system/configmaps/x`. Host: `cluster`. */
  readonly object: ObjectWant;
  /** key: a word, `apiserver-ready`. Wanted: the script exits 0. */
  readonly ready: ReadyWant;
  /** key: API path that must answer 200, `/readyz` or an object's (with a condition). Host: `cluster`. */
  readonly api: ApiWant;
  /** key: a program in a static pod, `kube-apiserver`. Wanted: it runs, with its files as they are now. */
  readonly staticPod: StaticPodWant;
  /** key: a word, `br_netfilter`. Wanted: nothing speaks for running it. */
  readonly command: CommandWant;
  /** key: a mark that their comments carry, `kubewizard-heal-input`. Wanted: they stand first in their chain. */
  readonly firewallRules: FirewallRulesWant;
  /** key: a word, `pod-interfaces`. Wanted: nothing of it is left. */
  readonly cleanup: CleanupWant;
  /** key: a node. Wanted: it takes no pods, and has none that could be elsewhere. Host: `cluster`. */
  readonly drained: DrainedWant;
  /** key: a node. Wanted: nothing of Kubewizard keeps pods from it. Host: `cluster`. */
  readonly uncordoned: UncordonedWant;
}

export interface FileWant {
  readonly content: Content;
  /** Hex digest of the revealed content. */
  readonly sha256: string;
  /** 0o600 … */
  readonly mode: number;
  readonly owner?: string;
  /** The file shall not exist (content is then ignored); a user's original that was replaced comes back. */
  readonly absent?: true;
  /**
   * With `absent`: only if Kubewizard wrote it (reset). Otherwise a foreign file goes too, to
   * /var/lib/kubewizard/removed.
   */
  readonly ours?: true;
}
export interface DirectoryWant {
  readonly mode: number;
  readonly owner?: string;
  readonly absent?: true;
  /** With `absent`: only if Kubewizard made it. */
  readonly ours?: true;
}
export interface ArtifactWant {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly size: number;
  readonly absent?: true;
}
export interface ServiceWant {
  readonly running: boolean;
  readonly atBoot: boolean;
  /**
   * Files it reads: its unit, binary, configuration, certificates. A unit older than the newest of them owes a restart.
   */
  readonly reads: readonly string[];
  /**
   * Those of `reads` that a running unit reads again when systemd reloads it: where no other one has changed, its users
   * notice nothing.
   */
  readonly reloads?: readonly string[];
  /** What a restart does to users: `restart` (nobody notices) or `downtime`. */
  readonly restartRisk?: 'restart' | 'downtime';
  /** True: `running` means ran to success (oneshot with RemainAfterExit). */
  readonly oneshot?: boolean;
  /** Exits 0 once the service answers (beyond systemd's `active`); waited for after a start or restart. */
  readonly ready?: { readonly script: Script; readonly seconds: number; readonly says: string };
  /** Seconds that it may take to end before it starts again; absent: none to speak of. */
  readonly endsIn?: number;
  /** Others reach the cluster by it: where a change of it is wrong, nobody may be left who could take it back. */
  readonly lifeline?: true;
  /** Run before a restart of a running unit; must exit 0 (quorum check, peers' readiness). */
  readonly guard?: Script;
  /** Run before a start of a unit that does not run, and before it is enabled; must exit 0. Says why not. */
  readonly startGuard?: Script;
}
export interface PackagesWant {
  readonly names: readonly string[];
}
/** `absent`: the value that it had before Kubewizard comes back. */
export interface SysctlWant {
  readonly value: string;
  /** A number; a larger one, which the owner or the distribution chose, is as good. */
  readonly atLeast?: true;
  readonly absent?: true;
}
export interface CertificateWant {
  readonly request: CertificateRequest;
  readonly keyPath: string;
  /** PEM of the CA that must have signed. */
  readonly caPem: string;
  /** PEM certificates to append after the leaf (the owner's intermediates); usually ''. */
  readonly chainPem: string;
  readonly absent?: true;
}
export interface KubeconfigWant {
  readonly request: CertificateRequest;
  /** PEM of the CAs that it trusts. */
  readonly caPem: string;
  /** PEM of the CA that must have signed; absent: one of those. */
  readonly signerPem?: string;
  /** As in CertificateWant; absent: none. */
  readonly chainPem?: string;
  readonly server: string;
  readonly cluster: string;
  readonly user: string;
  readonly absent?: true;
}
export interface ImageWant {
  readonly sha256: string;
  readonly size: number;
  readonly name: string;
  readonly absent?: true;
}
export interface ObjectWant {
  /** The fields that must be so; others are left alone. Contains apiVersion, kind, metadata. */
  readonly body: Readonly<Record<string, unknown>>;
  /** `exact` paths (dot notation) must have no other entries than wanted: `rules`, `subjects`, `data`. */
  readonly exact?: readonly string[];
  /**
   * Fields (dot notation; maps, or lists of taints) in which others set things too. What is set there is listed in the
   * annotation, and what it lists and is wanted no more is taken away.
   */
  readonly owned?: readonly { readonly field: string; readonly annotation: string }[];
  /** False: the object is somebody else's (a Node) and is only ever patched, never created. */
  readonly create: boolean;
  readonly absent?: true;
}
export interface ApiWant {
  readonly condition?: Condition;
  readonly seconds: number;
  readonly says: string;
}
export interface ReadyWant {
  readonly script: Script;
  readonly seconds: number;
  readonly says: string;
  /** What it prints explains why it did not come in time. */
  readonly why?: Script;
}
export interface StaticPodWant {
  /** Files it reads: a process that is older than one of them owes a restart. */
  readonly reads: readonly string[];
  /**
   * It is ended with TERM, and its kubelet starts it again; absent: its manifest was edited, and its kubelet replaces
   * it.
   */
  readonly end?: true;
}
export interface CommandWant {
  /** Prints what speaks for running it; nothing: it is not needed. */
  readonly unless: Script;
  readonly run: Script;
  readonly risk: CleanupWant['risk'];
  readonly undo?: Undo;
}
export interface FirewallRulesWant {
  readonly chain: 'INPUT' | 'FORWARD';
  readonly backEnd: 'nft' | 'legacy';
  /** What each lets through, in the words of iptables -S: `-s`, `10.244.0.0/16`. */
  readonly rules: readonly (readonly string[])[];
}
export interface CleanupWant {
  /** Prints what is left; nothing: it is gone. */
  readonly find: Script;
  /** May run again. */
  readonly remove: Script;
  readonly risk: 'none' | 'downtime' | 'data';
  readonly undo?: Undo;
}

export interface DrainedWant extends DrainPolicy {
  readonly eviction: EvictionVersion;
}
export type UncordonedWant = Readonly<Record<string, never>>;

/**
 * How a therapy takes it back: there is nothing to bring back; it is for good, with the reason; or as in `Rollback`.
 */
export type Undo = 'needless' | { readonly cannot: string } | { readonly keep: Script; readonly back: Script };

export type WantedKind = keyof Wants;
