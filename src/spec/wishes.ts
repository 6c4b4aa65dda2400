/** Things that people ask for and that Kubewizard lacks or names otherwise: how to have them all the same. */

const network = (name: string): string =>
  `write network: {provider: none}, and install ${name} with its own chart once the API answers; nodes are Ready then`;
const upgrade =
  'kw upgrade VERSION (kw upgrade --check says first what will bite), or write the version behind kubernetes: in the ' +
  'cluster file, then kw plan and kw up';
const remove =
  'take the host out of the cluster file: kw plan says what goes, and kw up drains, removes and resets it; a member ' +
  'of etcd that is dead: kw replace HOST; kw reset takes the whole cluster away';
const grow = 'write the host into the cluster file, then kw plan and kw up';
const ingress =
  'Kubewizard installs no ingress controller: install the one that you like into the cluster, with its own chart';
const storage =
  'Kubewizard installs no storage: install a CSI driver into the cluster (for disks of the hosts: ' +
  'local-path-provisioner)';
const oidc =
  'write components: {apiserver: {extraArgs: {oidc-issuer-url: https://…, oidc-client-id: …}}} into the cluster file';
const monitoring = 'Kubewizard installs none: install it into the cluster, with its own chart';
const metrics =
  'metrics-server is installed by default (kubectl top); addons: {metricsServer: false} leaves it out, and one of ' +
  'yours stays as it is';
const balancer =
  'Services of type LoadBalancer need one of their own (MetalLB, a cloud): install it into the cluster; the API has ' +
  'endpoint:';

const wishes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    update: upgrade,
    latest: 'kw is told an exact version, so that nothing changes by itself; kw init writes the newest that it knows',
    newest: upgrade,
    remove,
    delete: remove,
    destroy: 'kw reset leaves the hosts as they were',
    uninstall: 'kw reset leaves the hosts as they were',
    down: 'kw reset leaves the hosts as they were; kw lab down takes a lab away',
    drain: 'kubectl drain NODE; before restarts kw does it by itself',
    add: grow,
    import: 'kw adopt --hosts HOSTS writes a cluster file of a cluster that others built, and changes nothing of it',
    join: 'write the host into the cluster file, then kw up; or let it join by itself: kw token create',
    scale: grow,
    apply: 'kw up',
    create: 'kw init writes a cluster file, kw up builds the cluster',
    install: 'kw init writes a cluster file, kw up builds the cluster',
    deploy: 'kw up',
    diff: 'kw plan shows what kw up would do; kw drift says what was changed since the last run, and by whom',
    audit: 'kw drift says what was changed since the last run, and by whom as far as the hosts know',
    changes: 'kw drift says what was changed since the last run; kw history lists the runs',
    check:
      'kw doctor examines a cluster, kw verify proves that it carries traffic, kw plan looks at hosts before a build',
    rejoin: 'kw replace HOST, once the host was installed anew',
    repair: 'kw heal',
    fix: 'kw heal',
    snapshot: 'kw backup: a snapshot of etcd, proven by restoring it',
    recover: 'kw restore puts a backup in place; kw etcd recover is for an etcd that has lost its quorum',
    quorum: 'kw doctor says why etcd has no quorum; kw etcd recover is for members that are gone for good',
    ssh: 'kw plan --explain-ssh HOST says how a host is reached; kw lab ssh opens a shell on a host of the lab',
    cni: network('another network'),
    cilium: network('Cilium'),
    calico: network('Calico'),
    flannel: network('flannel'),
    weave: network('Weave'),
    ingress,
    ingressnginx: ingress,
    nginx: ingress,
    traefik: ingress,
    gateway: ingress,
    storage,
    storageclass: storage,
    csi: storage,
    longhorn: storage,
    ceph: storage,
    rook: storage,
    oidc,
    sso: oidc,
    dex: oidc,
    keycloak: oidc,
    helm: 'kw kubeconfig --merge, and helm works with the cluster',
    metrics,
    metricsserver: metrics,
    top: metrics,
    hpa: metrics,
    autoscaler: metrics,
    monitoring,
    prometheus: monitoring,
    dashboard: monitoring,
    metallb: balancer,
    docker: 'containerd is the runtime: images of Docker run in it as they are',
    crio: 'containerd is the only runtime',
  }),
);

/** @param word As somebody wrote it: `ingress-nginx`, `StorageClass`. */
export const wishFor = (word: string): string | undefined =>
  wishes.get(word.slice(0, 64).toLowerCase().replaceAll(/[-_ ]/g, ''));

export const wishWords: readonly string[] = [...wishes.keys()];
