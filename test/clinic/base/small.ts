import { wordsOf } from '../../../src/clinic/read/words.js';

/** The command line of a unit, as the process has it. */
export const wordsOfUnit = (text: string): readonly string[] =>
  wordsOf(/^ExecStart=(.*)$/m.exec(text.replace(/\\\n\s*/g, ' '))?.[1] ?? '').map(word =>
    word.replaceAll('%%', '%').replaceAll('$$', '$'),
  );

/** The pod network of a host, from the CNI configuration it was given. */
export const readCni = (texts: ReadonlyMap<string, string>): { readonly subnet: string; readonly gateway: string } => {
  const text = [...texts].find(([path]) => path.startsWith('/etc/cni/net.d/'))?.[1] ?? '';
  const subnet = /"subnet": *"([^"]+)"/.exec(text)?.[1] ?? '10.244.0.0/24';
  return { subnet, gateway: subnet.replace(/\.0\/.*/, '.1') };
};
