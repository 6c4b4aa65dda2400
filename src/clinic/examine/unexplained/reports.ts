/** Kubelets that are well and may not say so: the API server turns away their node's state, or their lease. */
import type { ReportTried } from '../../../facts/traffic/seen.js';
import type { Chart } from '../../chart/chart.js';
import type { Sign } from './sign.js';

export const reportSigns = ({ traffic }: Chart): readonly Sign[] => {
  const tried = traffic?.reports ?? [];
  const refused = tried.filter(({ status }) => status >= 400);
  return [...new Set(refused.map(one => one.what))].flatMap(what => {
    const about = (one: ReportTried): boolean => one.what === what;
    const [all, of] = [tried.filter(about), refused.filter(about)];
    const at = traffic?.at ?? '';
    // What turns away every kubelet is no host's affair.
    const [first] = of;
    return first && of.length > 1 && of.length === all.length
      ? [signOf({ ...first, host: 'cluster' }, `every kubelet (${of.map(one => one.host).join(', ')})`, at)]
      : of.map(one => signOf(one, `the kubelet of ${one.host}`, at));
  });
};

const signOf = ({ host, what, path, status, message }: ReportTried, who: string, at: string): Sign => ({
  kind: 'report',
  host,
  subject: { report: what },
  says: `the API server would not take ${what} from ${who}: ${status} ${message}`.trim(),
  shows: [{ host, source: `dry run of PATCH ${path}`, at, text: `${status} ${message}`.trim() }],
  next:
    'what is refused says who refuses it: kubectl get validatingadmissionpolicies,flowschemas; ' +
    'kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations',
});
