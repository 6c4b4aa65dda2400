/** Programs in containers and what they may not touch: their folders, low ports, libraries, repositories of sources. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** Who says this of these places is the cluster's own. */
const ours = pattern(
  /\.kube\/|kubeconfig|avc: |SELinux|setenforce|apparmor=/i,
  /|\/etc\/(?:kubernetes|cni|coredns|containerd|rancher)\b|\/opt\/cni/,
  /|\/var\/lib\/(?:kubelet|etcd|containerd|rancher|cni|docker)\b|\/(?:proc|sys|run|dev)\//,
  /|\b(?:kubelet|kubeadm|kube-\w+|runc|containerd|etcd)\b/,
);

/** Where programs lie, and not what they write. */
const hosts = /^\/(?:usr\/s?bin|usr\/lib\w*|s?bin|lib\w*)\//;

export const programFiles: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'volume-rights',
    but: ours,
    says: ({ who, doing, whom, at, how }) =>
      who === undefined &&
      doing === undefined &&
      whom === 'file' &&
      !hosts.test(at ?? '') &&
      (how === 'not-readable' || how === 'read-only'),
    text: pattern(
      /\b(?:data|home|storage|config\w*|log|lock|pid|work\w*|state) ?(?:directory|folder|dir|file|path)\b.{0,200}/im,
      /(?:wrong ownership|(?:invalid|wrong|insecure|incorrect) permissions|not writ(?:e?able|ten)|must be owned)/im,
      /|has (?:group or world access|wrong ownership|invalid permissions|too open permissions)/im,
      /|(?:'[^']{1,200}'|"[^"]{1,200}"|\/\S{1,200}) is(?: not|n't) writ(?:e?able)|permissions .{0,40}are too open/im,
      /|AccessDeniedException: ?\[?\//im,
      /|\bE(?:ACCES|ROFS|PERM): .{0,60}(?:mkdir|open|unlink|rename|scandir|chmod|copyfile)/im,
      /|\/(?:data|bitnami|app|usr\/share|prometheus|srv|mnt|workspace)\b.{0,160}Permission denied/im,
      /|\/var\/(?:www|cache|opt)\b.{0,160}Permission denied/im,
      /|\berrno:? ?(?:13|30)\b|\b[\w-]{1,40} (?:file|directory|folder): Permission denied/im,
      /|started by the user that owns|\[Errno (?:13|30)\]/im,
    ),
    why: 'the program in the container may not write there as the user who it runs as',
    todo: 'securityContext.fsGroup or runAsUser of the pod, an emptyDir for what it writes, or another image',
  },
  {
    kind: 'not-ours',
    id: 'privileged-port',
    but: /\b(?:kubelet|kube-\w+|etcd|keepalived|haproxy)\b/,
    text: pattern(
      /\b(?:bind|listen)\w*\b.{0,80}:(?:[1-9]\d{0,2}|10[01]\d|102[0-3])\b.{0,60}(?:permission denied|\b13\b)/im,
      /|(?:permission denied|EACCES).{0,60}:(?:[1-9]\d{0,2}|10[01]\d|102[0-3])\b(?!\d|:)/im,
    ),
    why: 'the program runs as an ordinary user, and ports below 1024 are not for those',
    todo: 'give it a port above 1024 (the Service maps it), or the capability NET_BIND_SERVICE',
  },
  {
    kind: 'not-ours',
    id: 'data-of-another-version',
    but: /\betcd\b|\/var\/lib\/etcd/,
    text: pattern(
      /(?:data(?:base)? (?:files?|directory)|data dir\w*|cluster)\b.{0,120}(?:incompatible|not compatible) with/im,
      /|initialized by \S+ version|directory "?[^"\s]{1,200}"? exists but is not empty/im,
      /|(?:downgrade|upgrade) .{0,60}(?:is )?not supported.{0,60}(?:data|mysql|mariadb|mongo|index)/im,
      /|Invalid featureCompatibilityVersion|Unsupported redo log format|Unable to lock \.\/ibdata/im,
    ),
    why: 'what lies in the program’s volume is of another version of it, or of another program',
    todo: 'run the version that wrote it and upgrade as its manual says, or begin with an empty folder (subPath)',
  },
  {
    kind: 'not-ours',
    id: 'image-library',
    but: /\b(?:kubelet|kubeadm|kubectl|kube-\w+|runc|containerd\S*|etcd|crictl|cni)\b/,
    text: pattern(
      /error while loading shared libraries: |\bCould not open '\/lib\w*\/ld-\S+'|/im,
      /version [`'"]?GLIBC(?:XX)?_[\d.]+'? not found/im,
      /|\bIllegal instruction\b|\bSIGILL\b|trap invalid opcode|[Ee]xit [Cc]ode:? +132\b/im,
      /|\b(?:requires?|needs?|support for|without) (?:\w+ )?(?:AVX|SSE4|x86-64-v\d)/im,
      /|CPU does not support x86-64|requires a CPU with|no match for platform in manifest/im,
    ),
    why: 'the image lacks a library, or was built for a processor that can more than this one',
    todo: 'take an image that has it, or one that is built for the host’s processor',
  },
  {
    kind: 'not-ours',
    id: 'sources',
    text: pattern(
      /Permission denied \(publickey|fatal: (?:could not read (?:Username|Password|from remote))/im,
      /|fatal: Authentication failed for/im,
      /|remote: (?:Repository not found|Invalid username|HTTP Basic: Access denied)/im,
      /|fatal: repository '[^']{1,300}' not found/im,
      /|failed to list refs: |ssh: handshake failed: ssh: unable to authenticate|knownhosts: key is unknown/im,
      /|error: failed to push some refs|fatal: unable to access '/im,
    ),
    why: 'the repository of sources is not there under this name, or does not know the key or password',
    todo: 'look at its address, the deploy key or token that the tool has, and its known_hosts',
  },
  {
    kind: 'not-ours',
    id: 'login-refused',
    text: pattern(
      /\bBad credentials\b|cloudflare.{0,80}Authentication error/im,
      /|LDAP(?:: error code| Result Code) 49|\binvalid_(?:client|grant|scope|redirect_uri)\b|unauthorized_client/im,
      /|535[ -]\d?\.?\d?\.?\d? ?(?:Error: )?(?:authentication|Incorrect authentication|Username and Password)/im,
      /|(?:SMTP|IMAP)\b.{0,80}(?:authentication|login) (?:failed|refused)|Invalid (?:API key|username or password)/im,
    ),
    why: 'a server that the program logs in to does not take its name, password or key',
    todo: 'look at the credential that the program was given (Secret, env), and at the account there',
  },
  {
    kind: 'not-ours',
    id: 'mount-of-a-file',
    text: /(?:mounting|mount) .{1,400}(?:not a directory|is a directory|mount a directory onto a file)/im,
    but: /\/var\/lib\/(?:etcd|kubelet\/pki)|\/etc\/(?:kubernetes|cni)/,
    why: 'the pod mounts a folder where the image has a file, or a file where it has a folder',
    todo: 'mount the one file by subPath, or another mountPath',
  },
  {
    kind: 'not-ours',
    id: 'script',
    but: /\/etc\/(?:kubernetes|cni)|kubelet|kubeadm|containerd/,
    text: pattern(
      /(?:^|[\s/])(?:ba|da|a|z|k)?sh: (?:line )?(?:\d+: )?.{0,120}(?:[Bb]ad substitution|[Ss]yntax error|unexpected)/im,
      /|\bline \d+: .{0,120}(?:syntax error|unexpected (?:end of file|token|EOF)|unbound variable|bad substitution)/im,
      // A shell’s own words for what it may not write.
      /|(?:^|[\s/])[\w.-]{1,60}: (?:line )?\d+: (?:can't|cannot) create .{1,200}: (?:Permission denied|Read-only)/im,
      // A script of its own, by its name and line, and what it may not run or write.
      /|\.(?:ba|da|k|z)?sh: (?:line )?\d+: .{1,200}: (?:Permission denied|Read-only file system)/im,
      /|: (?:parameter not set|not a valid identifier|ambiguous redirect|conditional binary operator expected)/im,
    ),
    why: 'the script is written for another shell, or wrongly',
    todo: 'run it by hand in the image; #!/bin/bash where it needs bash, and sh -n FILE shows the place',
  },
  {
    kind: 'not-ours',
    id: 'package-missing',
    // What the hosts of the cluster are to have is theirs.
    but: /kube(?:let|adm|ctl)|kubernetes|cri-(?:o|tools)|containerd|pkgs\.k8s\.io/,
    text: pattern(
      /E: Unable to locate package |No matching distribution found for |Could not find a version that satisfies/im,
      /|npm ERR! (?:code E?404|404 )|\bgo: .{0,200}(?:404 Not Found|unknown revision)|No such package/im,
      /|No package \S+ avail/im,
      /|unable to select packages|Could not (?:find|resolve) (?:artifact|dependenc)/im,
      /|crate .{0,60}not found in registry/im,
    ),
    why: 'a package that is to go into an image is not in the repository that is asked',
    todo: 'look at its name and version, and refresh the lists first (apt-get update) in the same step of the build',
  },
];
