/** Who shows what of the cluster's own CA to whom: API servers, kubelets, controllers, proxies and pods. */
import type { Input } from '../../src/blueprint/input.js';
import { type ClusterSpec, nodes, withRole } from '../../src/model/cluster.js';
import { prints, type World } from './authority-world.js';

const [pki, conf] = ['/etc/kubernetes/pki', '/etc/kubernetes'];
const manager = 'kube-controller-manager.service';
export const managerService = manager;
export const managerUnit = `/etc/systemd/system/${manager}`;

/** What systemd has read of the unit: by that it starts it again when it ends by itself. */
export const unitKnown = (world: World, host: string): string =>
  world.loaded.get(`${host} systemd ${managerUnit}`) ?? '';
export const knowUnit = (world: World, host: string): void =>
  void world.loaded.set(`${host} systemd ${managerUnit}`, world.files.get(`${host} ${managerUnit}`) ?? '');

/** CAs in the file that a unit names to sign by; a controller manager that starts with more than one ends again. */
const signersNamed = (world: World, host: string, unit: string): number => {
  const [, path = ''] = /--cluster-signing-cert-file=([^\s"]+)/.exec(unit) ?? [];
  return prints(world.files.get(`${host} ${path}`)).length;
};

/** What a kubelet has got from the API; its text is the CA that has signed it. */
export const credential = '/var/lib/kubelet/pki/kubelet-client-current.pem';
/** What pods have read of kube-root-ca.crt at their start. */
export const podsTrust = 'pods';

/** By the controller manager that knows least: any of them may lead. */
export const publishedRoot = (world: World, { spec }: Pick<Input, 'spec'>): string => {
  const all = withRole(spec, 'controlPlane').map(
    ({ name }) => world.loaded.get(`${name} ${manager} ${pki}/ca.crt`) ?? '',
  );
  return all.toSorted((one, other) => prints(one).length - prints(other).length)[0] ?? '';
};

/** The certificate by which a controller manager signs, as its flags lead to it. */
const signsBy = (world: World, host: string): string => {
  const unit = world.loaded.get(`${host} ${manager} ${managerUnit}`) ?? '';
  const [, path = ''] = /--cluster-signing-cert-file=([^\s"]+)/.exec(unit) ?? [];
  return world.loaded.get(`${host} ${manager} ${path}`) ?? '';
};

/** A kubelet that starts without a credential asks for one, and any controller manager signs it: the worst one here. */
export const joinKubelet = (world: World, host: string, { spec, rotating }: Input): void => {
  const [wanted] = prints(rotating?.ca?.signer);
  const signers = withRole(spec, 'controlPlane').map(({ name }) => signsBy(world, name));
  const worst = signers.find(one => prints(one)[0] !== wanted) ?? signers[0];
  if (!world.files.has(`${host} ${credential}`) && worst) world.files.set(`${host} ${credential}`, worst);
  world.loaded.set(`${host} kubelet.service ${credential}`, world.files.get(`${host} ${credential}`) ?? '');
};

/** As a cluster is that has been running: kubelets have their credentials, and pods what is published. */
export const settleIn = (world: World, input: Input): void => {
  for (const { name } of nodes(input.spec)) joinKubelet(world, name, input);
  world.loaded.set(podsTrust, publishedRoot(world, input));
};

const clients = {
  'kube-controller-manager.service': 'controller-manager.conf',
  'kube-scheduler.service': 'scheduler.conf',
  'kubelet.service': 'kubelet.conf',
  'kube-proxy.service': 'kube-proxy.conf',
};

/** `client → server: whose certificate is not trusted`; [] of a cluster whose pods nobody has started. */
export const clusterEdges = (world: World, spec: ClusterSpec): readonly string[] => {
  if (!world.loaded.has(podsTrust)) return [];
  const wrong: string[] = [];
  const shows = (what: string, leaf: string, trust: string) => {
    if (!prints(trust).includes(prints(leaf)[0] ?? 'nobody')) wrong.push(what);
  };
  const held = (host: string, unit: string, path: string) => world.loaded.get(`${host} ${unit} ${path}`) ?? '';
  const file = (host: string, path: string) => world.files.get(`${host} ${path}`) ?? '';
  for (const { name: server } of withRole(spec, 'controlPlane')) {
    const [serves, trusts] = [
      file(server, `${pki}/apiserver.crt`),
      held(server, 'kube-apiserver.service', `${pki}/ca.crt`),
    ];
    shows(`pods → ${server}`, serves, world.loaded.get(podsTrust) ?? '');
    for (const [unit, name] of Object.entries(clients))
      for (const { name: host } of spec.hosts) {
        const [leaf = '', trust = ''] = held(host, unit, `${conf}/${name}`).split('|');
        if (leaf === '') continue;
        const shown = unit === 'kubelet.service' ? held(host, unit, credential) || leaf : leaf;
        if (leaf !== 'older') shows(`${host}: ${unit} → ${server}: shown`, serves, trust);
        shows(`${host}: ${unit} → ${server}: client`, shown, trusts);
      }
    for (const name of ['admin.conf', 'super-admin.conf']) {
      const [leaf = '', trust = ''] = file(server, `${conf}/${name}`).split('|');
      shows(`${server}: ${name}: shown`, serves, trust);
      shows(`${server}: ${name}: client`, leaf, trusts);
    }
    for (const { name: host } of nodes(spec)) {
      const [cert, ca] = ['/var/lib/kubelet/pki/kubelet.crt', `${pki}/ca.crt`];
      shows(`${server} → ${host}: kubelet`, file(host, cert), trusts);
      const client = file(server, `${pki}/apiserver-kubelet-client.crt`);
      shows(`${server} → ${host}: to the kubelet`, client, held(host, 'kubelet.service', ca));
      shows(`${host} → ${server}: asked by curl`, serves, file(host, ca));
    }
    // It ends by itself, or its host starts anew, at this moment.
    for (const unit of [unitKnown(world, server), file(server, managerUnit)])
      if (signersNamed(world, server, unit) !== 1) wrong.push(`${server}: started again, it has no single signer`);
    if (prints(signsBy(world, server)).length !== 1) wrong.push(`${server}: its signer is no single certificate`);
  }
  return wrong;
};
