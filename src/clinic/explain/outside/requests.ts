/** What the API server or its policies refuse for the sake of the request itself. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

export const requests: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'pod-security',
    text: pattern(
      /(?<!would )violates PodSecurity "|unable to validate against any (?:security context constraint|pod security)/im,
      /|PodSecurityPolicy: unable to admit pod/im,
    ),
    why: 'the namespace allows no such pod, as it was told to',
    todo: 'change what the line names in the pod, or the label of the namespace if the pod must be so',
  },
  {
    kind: 'not-ours',
    id: 'policy',
    text: pattern(
      /admission webhook "[^"]{1,200}" denied the request|was blocked due to the following policies/im,
      /|ValidatingAdmissionPolicy '[^']{1,200}'.{0,200}denied request|validation failure: .{0,120}rule/im,
      /|(?:maximum|minimum) (?:cpu|memory|storage) usage per \w+ is/im,
    ),
    why: 'a policy that somebody wrote for this cluster refuses it; the webhook works',
    todo: 'change what the policy names, or ask whoever keeps it for an exception',
  },
  {
    kind: 'not-ours',
    id: 'runasnonroot',
    text: /runAsNonRoot and image (?:has non-numeric user|will run as root)|runAsUser breaks non-root policy/im,
    why: 'the pod asks for a user other than root, and the image names none by number',
    todo: 'set runAsUser, or USER with a number in the image',
  },
  {
    kind: 'not-ours',
    id: 'pod-reference',
    // A component that looks for the settings of an add-on is no pod.
    but: /\b(?:unable to|failed to|could not|couldn't) (?:fetch|get|read|load|find) .{0,60}\bconfig ?map: ?config/i,
    text: pattern(
      /couldn't find key \S+ in (?:Secret|ConfigMap)|references non-existent (?:config|secret) key/im,
      /|(?:secret|configmap)s? "(?!extension-apiserver|cluster-info|kube-)[\w.-]+" not found/im,
      /|(?:storageclass|persistentvolumeclaim|priorityclass|runtimeclass)\S* "[^"]+" not found/im,
      /|no PriorityClass with name|Unable to retrieve some image pull secrets/im,
      /|no persistent volumes available for this claim and no storage class/im,
      /|unbound (?:immediate )?PersistentVolumeClaims|is waiting to start: CreateContainer(?:Config)?Error/im,
    ),
    why: 'the pod asks for an object, or a key of one, that nobody has made',
    todo: 'create it (in the pod’s namespace, where it has one), or correct the name in the pod',
  },
  {
    kind: 'not-ours',
    id: 'capacity',
    // A node that is out of order is no wish of the pod's.
    but: /node\.kubernetes\.io\/(?:unreachable|not-ready|\w+-pressure|network-unavailable)/,
    text: pattern(
      /\b\d+ Insufficient (?:cpu|memory|ephemeral-storage|pods|hugepages\S*|\w[\w.-]*\/\S+)|exceeded quota: /im,
      /|didn't match (?:Pod's |node |pod )?(?:node )?(?:affinity|selector|topology spread)/im,
      /|volume node affinity conflict|nodes are available: .{0,200}\bToo many pods\b|max node group size reached/im,
      /|\bnode\(s\) (?:didn't (?:satisfy|match|have free)|exceed max volume count)/im,
      /|must specify (?:limits|requests)\.|missing request for (?:cpu|memory)|didn't have free ports/im,
    ),
    why: 'the pod asks for more or for other nodes than there are, for more than its namespace may use, or not at all',
    todo: 'ask for less, add or label nodes, or raise the quota: kubectl describe node, kubectl describe quota',
  },
  {
    kind: 'not-ours',
    id: 'manifest-invalid',
    text: pattern(
      /error validating data: |strict decoding error: unknown field/im,
      /|error (?:converting|parsing) \S*(?: YAML| to JSON|: error)/im,
      /|unknown field "[\w.]+" in io\.k8s|\bThe \w[\w.]* "[^"]{0,253}" is invalid|field is immutable/im,
      /|"[^"]{1,253}" is invalid: (?:\[?\s?)?(?:spec|metadata|data|status|roleRef|webhooks)\b/im,
      /|does not match template `?labels|yaml: line \d+: (?:did not find|mapping values|found character)/im,
      /|SchemaError\(|only dynamically provisioned pvc can be resized|Apply failed with \d+ conflicts?:/im,
      /|provided (?:IP|port) is (?:already allocated|not in the valid range)|has reached the specified backoff limit/im,
      /|longer than (?:the )?specified deadline|exceeded its progress deadline/im,
      /|\bspec\.[\w.[\]]{1,200}: (?:Required|Invalid|Unsupported|Duplicate) value|\bspec\.[\w.[\]]{1,200}: Not found/im,
      /|unable to decode "[^"]{1,300}": (?:no kind|Object 'Kind' is missing)|Object 'Kind' is missing in '/im,
      /|a lowercase RFC ?1123|cannot be handled as a \w+: /im,
      /|cannot unmarshal \w+ into Go struct field \w+\.(?:spec|metadata|data|v\d\w*)\b/im,
    ),
    why: 'the manifest is not as its kind wants it',
    todo: 'correct the field or line that is named: kubectl explain KIND',
  },
  {
    kind: 'not-ours',
    id: 'not-an-object',
    // Kinds of files that programs read by themselves, and answers of the API that lie in a cache or a dump.
    text: pattern(
      /no matches for kind "\w+" in version "(?:v1|meta\.k8s\.io\/v1)"/im,
      /|no matches for kind "\w+" in version "(?:kubeadm|kustomize\.config|audit|client\.authentication)\b[\w.]*\/\w+"/,
      /|no matches for kind "\w+" in version "(?:[\w-]+\.config\.k8s\.io|kind\.x-k8s\.io|skaffold|abac[\w.-]*)\/\w+"/,
    ),
    why: 'this file is no object for the API: a program’s own configuration, or what the API answered somebody',
    todo: 'leave it out (name the files instead of the folder); kubectl apply -k is for kustomization.yaml',
  },
  {
    kind: 'not-ours',
    id: 'kind-misspelt',
    // A version that stands for good has these kinds; one that is not among them is no kind of it.
    text: pattern(
      /no matches for kind "(?!(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|ControllerRevision|Job|CronJob)")/m,
      /(?!(?:Ingress|IngressClass|NetworkPolicy|IPAddress|ServiceCIDR|PodDisruptionBudget|Eviction|Lease)")/,
      /(?!(?:(?:Cluster)?Role(?:Binding)?|HorizontalPodAutoscaler|StorageClass|CSI\w+|Volume\w+|Priority\w+)")/,
      /(?!(?:\w+Webhook\w+|ValidatingAdmission\w+|MutatingAdmission\w+|CustomResourceDefinition|APIService)")/,
      /(?!(?:EndpointSlice|FlowSchema|Certificate\w+|Event|RuntimeClass|Resource\w+|DeviceClass)")\w+"/,
      / in version "(?:apps|batch|policy|autoscaling|[\w.]+\.k8s\.io)\/v\d"/,
    ),
    why: 'Kubernetes has no kind of this name in this group: it is misspelt, or belongs to another group',
    todo: 'kubectl api-resources lists kinds and their groups',
  },
  {
    kind: 'not-ours',
    id: 'kind-missing',
    // A kind of a group that somebody added; those of Kubernetes itself have gone with a version.
    text: pattern(
      /no matches for kind "\w+" in version "(?!(?:apps|batch|policy|extensions|autoscaling)\/)/im,
      /(?![\w.-]*\.k8s\.io\/)[\w-]+\.[\w.-]+\/\w+"|ensure CRDs are installed first/,
      /|make sure the "\w+" CRD is installed|CRDs? may not be installed/,
      /|no matches for kind "\w+" in group "(?![\w.-]*\.k8s\.io")[\w-]+\.[\w.-]+"/,
      // Where even pods are no resource, the server does not know who asks.
      /|the server doesn't have a resource type "/,
      /(?!(?:po|no|svc|ns|cs|cm|ds|sts|rs|all|pods?|nodes?|services?|deploy\w*|namespaces?)")/,
      /(?!(?:secrets?|configmaps?|events?|jobs?|cronjobs?|daemonsets?|statefulsets?|replicasets?)")/,
    ),
    why: 'nobody has installed the definition of this kind (a CRD) in the cluster',
    todo: 'install the operator or chart that brings it first; kubectl api-resources lists what is there',
  },
  {
    kind: 'not-ours',
    id: 'chart-too-old',
    // Not of the release that is installed: that one stood before the cluster was upgraded.
    text: pattern(
      /(?:INSTALLATION FAILED|objects from release manifest|rendered manifests?|[Tt]emplate)\b.{0,300}/im,
      /no matches for kind "\w+" in version "(?:apps|batch|policy|extensions|autoscaling|[\w.-]+\.k8s\.io)/,
      /\/v\d+(?:alpha|beta)\d+"/,
    ),
    why: 'the chart asks for a version of the API that Kubernetes has given up; the chart is too old for this server',
    todo: 'take a newer version of the chart, or change apiVersion (and what changed with it) in its templates',
  },
  {
    kind: 'not-ours',
    id: 'object-missing',
    // Nodes, leases and what the cluster makes for itself are its own matter.
    text: pattern(
      /Error from server \((?:NotFound|AlreadyExists)\): (?!.{0,120}\b(?:nodes?|leases?)\b)/im,
      /(?!.{0,200}(?:extension-apiserver|cluster-info|kubeadm-config|system:|pods\/log|could not find the requested))/,
      /|^(?:error: |Error: )?(?!nodes?\b|leases?\b|certificatesigning)[a-z][\w.-]+ "[^"]{1,253}" already exists\s*$/,
      // What an autoscaler is to scale.
      /|\bdeployments\/scale\S* "[^"]{1,253}" not found/,
      /|is forbidden: Namespace "(?!kube-)[^"]{1,63}" not found|\bnamespaces? "(?!kube-)[^"]{1,63}" not found/,
    ),
    why: 'the command names an object or namespace that is not there, or makes one that is there already',
    todo: 'look at name and namespace: kubectl get KIND --all-namespaces',
  },
  {
    kind: 'not-ours',
    id: 'ingress-rules',
    text: pattern(
      /Error getting SSL certificate|does not have any active Endpoint|does not contain a valid IngressClass/im,
      /|Error obtaining Endpoints for Service|ignoring ingress .{1,200}(?:class|annotation)/im,
    ),
    why: 'an Ingress names a Service without ready pods, a Secret that is not there, or no class',
    todo: 'look at the Service’s endpoints, the Secret of tls, and ingressClassName',
  },
  {
    kind: 'not-ours',
    id: 'refused-as-it-is',
    // RBAC names the user; a node may change only itself; and an account named "default" the cluster makes.
    text: pattern(
      /\b(?!nodes?\b|leases?\b|certificatesign)[a-z][\w.-]{1,80} "[^"]{0,253}" is forbidden: /m,
      /(?!User |user |node |no relationship|unable to create new content|.{0,80}(?:not yet ready|no API token))/,
      /(?!.{0,120}(?:serviceaccount "default"|system:|Namespace "kube-))/,
      /|\bviolate the pod's disruption budget|Request entity too large: limit is \d/,
      /|Error from server \(BadRequest\): /,
      /(?!.{0,200}(?:waiting to start|trying and failing|unable to upgrade|tls|TLS))/,
      /|Error from server \((?:MethodNotAllowed|Invalid|RequestEntityTooLarge|NotAcceptable|UnsupportedMediaType)\): /,
    ),
    why: 'the object, or the request, is refused as it is, by a rule of its namespace or of Kubernetes, not by RBAC',
    todo:
      'change what the line names in the object, or the rule: LimitRange, ResourceQuota, ' +
      'PodDisruptionBudget, labels',
  },
];
