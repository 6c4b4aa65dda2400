/** What the tools of its users say of themselves: kubectl and its plugins, Helm, Terraform. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** Somebody was asked over the network, or a component speaks. */
const asked = pattern(
  /\b(?:dial|lookup|refused|timed out|x509|tls|forbidden|unauthori[sz]ed|server|connection|EOF|etcd|webhook)\b/i,
  /|\b(?:kubelet|kube-\w+|kubeadm|containerd|lease|certificate|token|credentials?|bootstrap|flag --)\b/i,
);

/** What people run on their own machines; what a host needs is not among it. */
const ownTool =
  /(?:kubectl|helm|kustomize|k9s|kubectx|kubens|stern|krew|terraform|aws|az|gcloud|eksctl|jq|python3?|npm|make)/;

export const tools: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'tool-not-installed',
    text: pattern(
      /(?:^|[\s:])/im,
      ownTool,
      /: (?:command )?not found\b|\bcommand not found: /,
      ownTool,
      /\b|[`'"]/,
      ownTool,
      /['"`]? is not recognized as (?:an internal|the name of)/,
    ),
    why: 'the tool is not installed where the command was typed, or not in PATH; the cluster was not asked',
    todo: 'install it there, or call it by its whole path; k3s and microk8s bring one: k3s kubectl, microk8s kubectl',
  },
  {
    kind: 'not-ours',
    id: 'no-kubeconfig',
    // A component without a kubeconfig is ours, and so is a file that was named and is empty.
    but: /\b(?:kubelet|kube-\w+|coredns|kubeadm|cloud-controller)\b(?!\/)|admin\.conf|KUBECONFIG|--kubeconfig/,
    text: pattern(
      /no configuration has been provided, try setting KUBERNETES_MASTER|/im,
      /connection to the server localhost:8080 was refused|memcache\.go.{0,200}https?:\/\/localhost:8080\//im,
      /|cluster unreachable: .{0,40}http:\/\/localhost(?::8080)?\//im,
      /|\b(?:Get|Post|Put|Patch|Delete) "?http:\/\/localhost(?::8080)?\/(?:apis?\b|version|openapi)/im,
    ),
    why: 'whoever asks has no kubeconfig, and asks localhost without one; the cluster was not asked',
    todo:
      'give this user one (copy /etc/kubernetes/admin.conf to ~/.kube/config, chown it, or set KUBECONFIG); where ' +
      'it is there, look whether it is empty or names no current-context',
  },
  {
    kind: 'not-ours',
    id: 'html-answer',
    // What the hosts themselves send through a proxy is a case.
    but: /\b(?:kubelet\[|kubeadm|containerd|kube-\w+|etcd|webhook|dockerd|crio)\b|:10250|\b50[234]\b/,
    text: pattern(
      /(?:unable to upgrade connection|Error from server[^:]{0,60}|Unable to connect to the server): .{0,200}/im,
      /<(?:!doctype )?html\b/,
      /|\b(?:kubectl|helm|client)\b.{0,300}invalid character '<' looking for beginning of value/,
      /|cluster unreachable: .{0,200}(?:<(?:!doctype )?html\b|invalid character '<')/,
    ),
    why: 'an HTTP proxy or web server in between answered in HTML; nothing of Kubernetes does',
    todo:
      'look at HTTPS_PROXY and NO_PROXY of whoever asks, at server: in the kubeconfig, and at what stands at that ' +
      'address; past it: NO_PROXY=ADDRESS kubectl get --raw /version',
  },
  {
    kind: 'not-ours',
    id: 'command-line',
    text: pattern(
      /a container name must be specified for pod|Missing or incomplete configuration info/im,
      // The kubeconfig of a person.
      /|Config not found: \/|^error: stat \S{1,200}\/\.kube\/\S{1,80}: no such file/im,
      /|error loading config file "\/(?:home\/[\w.-]{1,60}|root|Users\/[\w.-]{1,60})\/[^"]{1,200}": yaml:/im,
      /|unknown (?:shorthand )?(?:flag|command)\b.{0,120}(?:See '|for ")kubectl/im,
      /|error: the path "[^"]*" does not exist|error: (?:resource name may not be empty|must specify|required flag)/im,
      /|See 'kubectl [\w -]{1,60}' for help|exactly one NAME is required/im,
      /|error: arguments in resource\/name form|You must provide one or more resources|error: no objects passed to/im,
      /|error: flag needs an argument: |error: when paths, URLs, or stdin is provided/im,
      /|\b(?:context|cluster) "[^"]{0,253}" does not exist/im,
      /|error: no context exists with the name|Unable to listen on port \d+: Listeners failed/im,
      /|cannot delete \w+ (?:with local storage|declare no controller|not managed by)/im,
      /|\(use --(?:force|ignore-d|delete-e)/im,
    ),
    why: 'the command was not written as kubectl wants it',
    todo: 'kubectl help COMMAND; the line says what is missing',
  },
  {
    kind: 'not-ours',
    id: 'refused-by-kubectl',
    unless: asked,
    // What may not be said together, or must be said, and what cannot be done with this object.
    text: pattern(
      /^error: (?:(?:you )?(?:must|can ?not|can only|can't|may not) |there is no need|an? \w+ (?:can|is|must|has))/m,
      /|^error: (?:flags? |exactly |only one|at least one|either |when |expected |[Ee]dit cancell?ed)/,
      /|^error: invalid (?:label|annotation|argument|resource name|container name|key|taint|field)/,
      /|^error: unable to (?:parse|match a printer|forward port because|listen on any)/,
    ),
    why: 'kubectl does not do it as it was asked; the cluster is not to blame',
    todo: 'the line says why; kubectl help COMMAND has the form',
  },
  {
    kind: 'not-ours',
    id: 'cluster-gone',
    text: pattern(
      /\blookup \S{1,200}\.(?:eks\.amazonaws\.com|azmk8s\.io|k8s\.ondigitalocean\.com|gke\.goog)\b/im,
      /.{0,80}no such host/,
    ),
    why: 'the kubeconfig names a managed cluster that is not there any more, or whose address is private',
    todo: 'take its kubeconfig anew from the cloud; a private address is known inside of its network only',
  },
  {
    kind: 'not-ours',
    id: 'helm',
    text: pattern(
      /nil pointer evaluating|executing "[^"]{1,300}\.(?:ya?ml|tpl|txt)" at </im,
      /|Error: (?:repo \S{1,100} not found|incompatible versions client)|no repo named "/im,
      /|invalid ownership metadata|cannot be imported into the current release/im,
      /|another operation \(install\/upgrade\/rollback\) is in progress|cannot re-use a name that is still in use/im,
      /|no cached repo found|Error: failed to fetch https?:\/\/\S{1,300} ?: \d{3}|Error: plugin "[^"]{1,80}" exited/im,
      /|Error: no repositories found/im,
      /|Error: (?:failed to download "|could not find (?:a ready )?tiller|This command needs \d)/im,
      /|\brelease \S+ failed: |chart "[^"]{1,200}" .{0,40}not found in|is not a valid chart repository/im,
      /|values don't meet the specifications of the schema|chart requires kubeVersion|has no deployed releases/im,
      /|error calling (?:include|required|tpl|toYaml)\b|accumulating resources: |no matches for Id /im,
      /|failed to find unique target|execution error at \(/im,
      // What stands behind it is Helm's own, unless it tells of a server.
      /|(?:UPGRADE|INSTALLATION|ROLLBACK|UNINSTALL\w*) FAILED: /im,
      /(?!.{0,400}(?:webhook|dial tcp|x509|no matches for kind))/im,
      /(?!.{0,400}(?:forbidden|unauthori[sz]ed|credentials|unreachable|time|etcd|server|connect|unavailable|EOF))\S/im,
    ),
    why: 'the chart and its values, or an earlier run of it, do not fit; the cluster was not asked',
    todo: 'helm template with the same values shows the place; helm history and helm status an earlier run',
  },
  {
    kind: 'not-ours',
    id: 'provider-credentials',
    // Terraform and its like: they say at which line of which file they stand.
    beside: pattern(
      /\bon \S{1,200}\.tf(?:\.json)? line \d|\bin (?:resource|data) "\w+" "/,
      /|\bwith (?:module|data)\.|\bhelm_release\.|pulumi:/,
    ),
    text: /the server has asked for the client to provide credentials|Error: Unauthorized\b/im,
    why: 'the tool shows the API a token that is no longer good, or that its provider block does not give it',
    todo:
      'run it again, and let the provider ask for a fresh token by itself (an exec block) instead of one that was ' +
      'read before the long part of the run',
  },
  {
    kind: 'not-ours',
    id: 'client-plugin',
    text: pattern(
      /getting credentials: (?:exec: |exec plugin is configured|.{0,20}executable \S+ failed)/im,
      /|exec plugin: (?:invalid apiVersion|cannot support)/im,
      /|(?:gke-gcloud-auth-plugin|kubelogin|aws-iam-authenticator)\b.{0,80}(?:not found|failed)/im,
    ),
    why: 'the program that gets this user’s credential is missing on the user’s machine, or of another version',
    todo: 'install or update the program that the kubeconfig names under exec, or kubectl',
  },
];
