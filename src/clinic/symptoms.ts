/**
 * Texts that many illnesses share, each in one place: a case that can be behind one names it among its symptoms. One
 * string never equals one cause; a case adds the strings that are its own.
 */
import { pattern } from '../model/pattern.js';

/**
 * Whoever calls the API is turned away: nothing listens there. 6443 is kubeadm's port, 8443 that of load balancers
 * (Kubewizard's too) and minikube, 16443 microk8s'.
 */
export const apiRefused =
  /:(?:6443|8443|16443)\b[^"]{0,60}\brefused|connection to the server (?!localhost:8080)\S+ was refused/;

export const unknownAuthority =
  /(certificate )?signed by unknown authority|unknown certificate authority|unable to get local issuer certificate/;

/** The other side has thrown away the certificate that it was shown, and does not say why: its CA, a name, a date. */
export const certificateRefused = /rejected connection from "[^"]*" \(error "remote error: tls: bad certificate/;

/** A token that another key has signed. */
export const signatureRefused = pattern(
  /(?:authenticate the request|(?:bearer|service ?account) token)\b.{0,160}/i,
  /\b(?:crypto\/(?:rsa|ecdsa): verification error|signature (?:is )?invalid|signature verification failed)/,
  /|go-jose\S{0,20}: error in cryptographic primitive/,
);

/** Not where the API server was turned away by a kubelet, nor where a clock is wrong. */
export const tokenRefused = pattern(
  /invalid bearer token(?!.{0,120}used before)/,
  /|the server has asked for the client to provide credentials(?! ?\( ?pods\/)/,
);

/** Both halves of the sentence appear alone too. */
export const expired = /certificate (has expired|is not yet valid)( or is not yet valid)?|certificate expired/;

/** The first address of the service network, by which pods call the API. */
export const serviceSilent =
  /\b\d+\.\d+\.\d+\.1:443\b[^"]{0,60}(i\/o timeout|timed out|no route to host|deadline exceeded)/;

/** `kubectl logs`, `exec`, `top`: the API server calls a kubelet. */
export const kubeletCall = pattern(
  /:10250\/(containerLogs|exec|attach|portForward|run|stats|metrics|pods)|error dialing backend/,
  /|unable to upgrade connection(?!: container not found)|kubectl (logs|exec)\b.{0,20}\bfail/,
);

export const notReady = /\b(Node)?NotReady\b|(?<!calico\/)\bnode\S* .{0,60}\bnot ready\b/;

export const unauthorized = /\bUnauthorized\b|must be logged in to the server/;

/** What `kubectl get cs` says of ports that are closed by default. */
export const componentStatuses = pattern(
  /127\.0\.0\.1:1025[12]\/healthz|(scheduler|controller-manager) +Unhealthy/,
  /|get (cs|componentstatus(es)?)\b.{0,40}Unhealthy/,
);

/** The same port answers on loopback and refuses the host's own address: it listens on loopback alone. */
export const loopbackOnly =
  /connect to (?!127\.)\S{1,100} port (\d+) failed: Connection refused.{0,2000}Connected to (?:localhost|127\.0\.0\.1) \(127\.0\.0\.1\) port \1\b/;

/** What is large does not get through, and what is small does; or two MTUs in one sentence. */
export const largeLost = pattern(
  /\bmtu\b[^\n]{0,60}\b\d{4}\b.{0,200}\bmtu\b.{0,40}\b\d{4}\b|\b(?:large|big|full-size)\b.{0,30}\bpackets?\b/i,
  /|hangs?\b.{0,60}client ?hello|fragmentation needed|\bpackets? (?:larger|bigger|longer|of more) than \d{3,4}\b/i,
  /|\b(?:lower|reduc|decreas)\w+ (?:the )?mtu\b|\bhangs?\b.{0,80}\bmtu\b|\bmtu\b.{0,200}\bhangs?\b/,
);

/** The listing of requests for certificates. */
export const requestPending = /\bcsr-\w{4,}\b.{1,160}\bPending\b/;

/** A file that a component is told to read; in these folders programs and runtimes have theirs. */
export const componentsFileMissing = pattern(
  /open \/(?!(?:dev|proc|sys|home|root|Users|run|tmp|opt|app|data|var\/run)\/)/,
  /(?!var\/lib\/(?:kubelet|containerd|cni)\/)\S+: no such file or directory/,
);
