/** Controllers that somebody added, and what they cannot make of their own objects or repositories. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** The cluster itself is in their way. */
const cluster = pattern(
  /\bdial (?:tcp|udp)|refused|time(?:d )?-?out|deadline|x509|webhook|no route|\betcd|unavailable|\bEOF\b|\bTLS\b/i,
  /|too many requests|forbidden|unauthori[sz]ed|no endpoints|leader election|cannot (?:get|list|watch|create)\b/i,
  /|no such host|connection|unreachable|the server (?:is|was|has|could|rejected)|\bproxy\b/i,
);

export const controllers: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'gitops',
    but: pattern(cluster, /|lookup \S+ on |permission denied$/),
    text: pattern(
      /\bComparisonError\b|[Mm]anifest generation error|failed to generate manifest|GenerateManifests?\b/im,
      /|`?kustomize build\b.{0,300}(?:fail|error)|are not permitted in project|app path does not exist/im,
      /|kustomize build failed|(?:GitRepository|OCIRepository|HelmRepository|HelmChart|Kustomization)\b.{0,120}/im,
      /(?:not ready|not found|failed|error)/im,
    ),
    why: 'the tool that applies manifests from a repository cannot fetch or make them; nothing was sent to the cluster',
    todo: 'make them by hand as it does (kustomize build, helm template), and look at path and branch of the app',
  },
  {
    kind: 'not-ours',
    id: 'controller',
    but: cluster,
    text: pattern(
      /Reconciler error|\breconcil\w* (?:error|failed)|failed to reconcile\b|controller-runtime\.\w/im,
      /|kubebuilder\/controller|\b[Rr]eferenced "\w+" not found/im,
      /|\b[a-z]{3,40}\.(?![\w.-]*(?:k8s\.io|cilium|calico|antrea|k3s|cattle))[\w-]+\.[\w.-]+ "[^"]{1,253}" not found/im,
      /|retrieval of subnets|\bsubnets? .{0,40}(?:must contain|must be tagged)|auto-?discover subnets?/im,
    ),
    why: 'a controller that somebody added cannot make what its own object asks for',
    todo: 'look at the object that it names (kubectl describe), and at that controller’s manual',
  },
];
