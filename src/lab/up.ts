/** Brings a lab up: what is missing is made, what runs stays. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorldFailed } from '../model/event.js';
import { answers } from './answers.js';
import { makeBase } from './hosts/base.js';
import { rootOf } from './hosts/disk.js';
import { powerOn, runningHosts } from './hosts/host.js';
import { makeIdentities } from './hosts/identity.js';
import { describe, type LabState } from './lab.js';
import {
  addressIn,
  checkWant,
  defaultHosts,
  defaultLab,
  freeSubnet,
  hostNames,
  labId,
  type LabWant,
  nextOctet,
} from './layout.js';
import { locked } from './lock.js';
import { checkMachine } from './hosts/machine.js';
import { bridgeUp } from './hosts/network.js';
import { ownDisk } from './hosts/own-disk.js';
import { register, takenSubnets } from './register.js';
import { type HostRecord, labDirectory, type LabRecord, readRecord } from './state.js';
import { type LabOptions, type LabWorld, labWorld } from './world.js';

/** Idempotent: running hosts stay, hosts that are off or missing start. Hosts not wanted are left alone. */
export const labUp = async (want: LabWant = {}, options: LabOptions = {}): Promise<LabState> => {
  const world = labWorld(options);
  const name = want.name ?? defaultLab;
  const names = hostNames(want.hosts ?? defaultHosts);
  checkWant(name, names, want.subnet);
  await checkMachine(world);
  const base = await makeBase(world);
  await mkdir(labDirectory(world, name), { recursive: true });
  return locked(`lab-${name}`, world, async () => {
    // Two labs that come up at once must not choose the same subnet.
    const record = await locked('lab-subnets', world, () => recordFor(world, name, names, want.subnet, base));
    await writeFile(join(labDirectory(world, name), 'owner'), want.owner ?? '');
    await ownDisk(world, name);
    await makeIdentities(world, record);
    await bridgeUp(record);
    await startAll(
      world,
      record,
      record.hosts.filter(host => names.includes(host.name)),
    );
    return describe(world, record);
  });
};

/**
 * Starts the given hosts that are off, side by side, and waits until each answers. None is still at work when it fails.
 */
export const startAll = async (world: LabWorld, lab: LabRecord, hosts: readonly HostRecord[]): Promise<void> => {
  const running = await runningHosts();
  const root = (host: HostRecord): string => rootOf(world, lab, host);
  const started = await Promise.allSettled(
    hosts.map(async host => {
      if (!running.has(root(host))) {
        world.progress(`starting ${host.name} (${host.address})`);
        await powerOn(world, lab, host);
      }
      await answers(
        host.name,
        host.address,
        async () => (await runningHosts()).get(root(host))?.leader ?? 0,
        world.signal,
      );
      world.progress(`${host.name} answers`);
    }),
  );
  const failed = started.find(one => one.status === 'rejected');
  if (failed) throw failed.reason;
};

const recordFor = async (
  world: LabWorld,
  name: string,
  names: readonly string[],
  subnet: string | undefined,
  base: string,
): Promise<LabRecord> => {
  const old = await readRecord(world, name);
  if (old && subnet !== undefined && old.subnet !== subnet) {
    throw new WorldFailed({
      class: 'refused',
      message: `lab '${name}' stands in ${old.subnet}, not ${subnet}`,
      help: `kw lab down --name ${name}, or leave the subnet out`,
    });
  }
  const net = old?.subnet ?? (await chooseSubnet(world, name, subnet));
  const record: LabRecord = {
    name,
    id: old?.id ?? labId(net),
    subnet: net,
    base: old && existsSync(old.base) ? old.base : base,
    hosts: withHosts(net, old?.hosts ?? [], names),
  };
  await register(world, record);
  return record;
};

const withHosts = (subnet: string, old: readonly HostRecord[], names: readonly string[]): readonly HostRecord[] => {
  const hosts = [...old];
  for (const name of names) {
    if (hosts.some(host => host.name === name)) continue;
    const octet = nextOctet(hosts.map(host => host.octet));
    hosts.push({ name, octet, address: addressIn(subnet, octet), machineId: randomBytes(16).toString('hex') });
  }
  return hosts;
};

/** Another lab, of this cache or of somebody else's, must not have it, nor a network of the machine. */
const chooseSubnet = async (world: LabWorld, name: string, wanted: string | undefined): Promise<string> => {
  const taken = await takenSubnets(world);
  const subnet = wanted ?? freeSubnet(name, taken);
  if (!taken.includes(subnet)) return subnet;
  throw new WorldFailed({
    class: 'refused',
    message: `${subnet} is in use on this machine, and not by lab '${name}'`,
    help: 'ip route shows by whom; give another subnet, or end that lab with its down.sh',
  });
};
