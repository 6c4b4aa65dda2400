/** Flags of a kubelet: kubeadm keeps them in a file of its own, which wins over the unit. */
import { idOf, type Resource } from '../../model/resource.js';
import type { HostChart } from '../chart/host-chart.js';
import { freshUnit } from './files.js';
import { arePlain } from './plain-flags.js';
import { editText, flagSet } from './place.js';

const kubeadmFlags = '/var/lib/kubelet/kubeadm-flags.env';

/** `null` takes a flag away. Empty: nothing was seen that could be edited, or a value is not a plain word. */
export const kubeletFlags = (
  host: HostChart,
  flags: Readonly<Record<string, string | null>>,
  because: string,
): readonly Resource[] => {
  if (!arePlain(flags)) return [];
  const file = editText(
    host,
    kubeadmFlags,
    text => Object.entries(flags).reduce((line, [flag, value]) => edited(line, flag, value), text),
    because,
  );
  if (file)
    return [
      file,
      freshUnit('kubelet.service', [file.key], { host: host.name, because, stage: 'nodes', after: [idOf(file)] }),
    ];
  return flagSet(host, 'kubelet', flags, because);
};

/** `KUBELET_KUBEADM_ARGS="--a=b --c=d"`. */
const edited = (text: string, flag: string, value: string | null): string => {
  const without = text.replace(new RegExp(`\\s?--${flag}=[^\\s"]*`), '');
  return value === null
    ? without
    : without.replace(
        /^(KUBELET_KUBEADM_ARGS="?)(.*?)("?)$/m,
        (_, start: string, flags: string, end: string) =>
          `${start}${flags === '' ? '' : `${flags} `}--${flag}=${value}${end}`,
      );
};
