/** What stands between a person and the cluster, on that person's side: a browser, a laptop, its Docker, its shell. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** Who speaks so is a component, or a host of the cluster. */
const ofCluster = pattern(
  /\b(?:kubelet|kube-(?:apiserver|proxy|scheduler|controller)\S*|etcd|containerd|coredns|cri-?o)\b(?!-desktop)/i,
  /|\blevel=|\b[EWIF]\d{4} \d\d:|:6443\b|\bFailedCreatePodSandBox\b|\bkubeadm\b/,
);

export const ownMachine: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'browser',
    but: ofCluster,
    text: pattern(
      /\bnet::ERR_[A-Z_]+|\bERR_(?:CERT|SSL|CONNECTION|NAME|TOO_MANY|TUNNEL|PROXY|ADDRESS|TIMED|EMPTY)_[A-Z_]+/,
      /|\bDNS_PROBE_[A-Z_]+|This site can(?:'|’)t be reached|\bYour connection is not private\b|\bNET::ERR_/i,
      /|\b(?:SEC|SSL|MOZILLA_PKIX)_ERROR_[A-Z_]+|\bblocked by CORS policy\b|\bAccess-Control-Allow-Origin\b/i,
      /|\bMixed Content: |\bRefused to (?:load|connect|frame|execute)\b.{0,200}Content Security Policy/i,
      /|\bWebSocket connection to 'wss?:|\bUncaught (?:\(in promise\) )?\w*Error\b|\bFailed to load resource: /,
      /|\bToo many redirects\b|redirected you too many times/i,
    ),
    why: 'a browser says so: of the address that it was given, or of what the page itself asks for',
    todo: 'look at the name (DNS, Ingress), at its certificate, and at what the page asks for',
  },
  {
    kind: 'not-ours',
    id: 'desktop',
    but: ofCluster,
    text: pattern(
      /\bDocker Desktop\b|\bdocker-desktop\b|\bRancher Desktop\b|\bkubernetes\.docker\.internal\b/i,
      /|\bWSL\b.{0,80}(?:error|fail)/i,
      /|\bpipe[\\/]+docker_?engine\b|%2Fpipe%2Fdocker|\bcom\.docker\.\w+/i,
      /|\/\.(?:docker|colima|orbstack|rd)\/\S{0,80}docker\.sock/i,
      /|\bwsl(?:\.exe)?\b.{0,80}\b(?:exit(?:ed)?|error|fail)/i,
      /|\bPROVIDER_\w+_(?:NOT_RUNNING|NOT_FOUND|ERR)\b|\bDRV_[A-Z_]+\b|\bPROVIDER_[A-Z]+_[A-Z_]+\b/,
      /|failed to create cluster: node\(s\) already exist|\bbrew (?:install|services)\b|\bchoco install\b/i,
    ),
    why: 'the Docker, virtual machine or local cluster on somebody’s own machine is not running, or refuses',
    todo: 'start or reset it there (Docker Desktop, colima, minikube, kind); no host of the cluster is asked by that',
  },
  {
    kind: 'not-ours',
    id: 'own-shell',
    but: pattern(ofCluster, /|^\s*(?:root@|\[root@)/m),
    text: pattern(
      /\bdyld(?:\[\d+\])?: |\bzsh: (?:abort|killed|bad CPU type|no matches found|permission denied)/im,
      /|\bbad CPU type in executable/im,
      /|\bis not recognized as the name of a cmdlet|\bis not recognized as an internal or external command/im,
      /|\bcannot be opened because the developer cannot be verified\b|\bGatekeeper\b/im,
      /|\bexecution of scripts is disabled on this system\b|\bAccess is denied\.\s*$/im,
      /|\b(?:The system cannot find the (?:file|path) specified)\b/im,
    ),
    why: 'the shell or system of somebody’s own machine refuses the program that was called',
    todo: 'install the tool for that machine’s system and processor, or call it as that shell wants it',
  },
  {
    kind: 'not-ours',
    id: 'own-proxy',
    // A host of the cluster that asks through a proxy is a case.
    but: pattern(ofCluster, /|NO_PROXY|no_proxy|\/etc\/environment|Failed to pull|proxyconnect/),
    text: pattern(
      /\b407 (?:Proxy )?[Aa]uthentication ?[Rr]equired|\bHTTP code 407 from proxy\b|\bProxyError\(/im,
      /|\bTunnel connection failed: 4\d\d\b|\bERR_PROXY|\btunneling socket could not be established\b/im,
    ),
    why: 'the proxy that this person or program goes through wants a login, or refuses',
    todo: 'give it name and password (http_proxy), or leave what is near out of it (no_proxy)',
  },
];
