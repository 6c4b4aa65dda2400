/**
 * Only fields that the components' configuration files have: a kubelet does not start with one that it does not know.
 */
import {
  containerdFields,
  type FieldComponent,
  fieldLife,
  fieldPresence,
  fieldsOf,
  lifeInWords,
} from '../../catalog/index.js';
import { mistake, onKey, warning, type Check, type Finding } from '../finding.js';
import { didYouMean, suggest } from '../suggest.js';

const components = { kubelet: 'kubelet', proxy: 'kube-proxy' } as const;

export const checkFields: Check = ({ spec }) => [
  ...Object.entries(components).flatMap(([key, component]) =>
    Object.keys(spec.components[key as keyof typeof components].config).flatMap(field =>
      inVersion(component, field, spec.kubernetes, ['components', key, 'config', field]),
    ),
  ),
  ...Object.keys(spec.components.containerd.config).flatMap(inContainerd),
];

function inVersion(
  component: FieldComponent,
  field: string,
  kubernetes: string,
  path: readonly string[],
): readonly Finding[] {
  const life = fieldLife(component, field);
  const presence = fieldPresence(component, field, kubernetes);
  if (life && presence === 'no')
    return [
      onKey(
        mistake(
          'field-not-in-version',
          path,
          `the configuration of ${component} ${kubernetes} has no ${field}`,
          lifeInWords(life),
        ),
      ),
    ];
  if (presence !== 'unheard') return [];
  return [
    onKey(
      mistake(
        'unknown-field',
        path,
        `the configuration of ${component} has no ${field}`,
        didYouMean(
          field,
          fieldsOf(component).filter(one => fieldPresence(component, one, kubernetes) === 'yes'),
        ),
      ),
    ),
  ];
}

/**
 * Plugins bring tables of their own, but none at the top: what is only like a known key is a slip, the rest may be
 * newer than this catalog.
 */
function inContainerd(field: string): readonly Finding[] {
  if (containerdFields.includes(field)) return [];
  const path = ['components', 'containerd', 'config', field];
  const better = suggest(field, containerdFields);
  return [
    onKey(
      better
        ? mistake('unknown-field', path, `containerd's configuration has no ${field}`, `did you mean '${better}'?`)
        : warning(
            'unknown-field',
            path,
            `no containerd that the catalog knows has ${field} in its configuration`,
            `settings of plugins stand below plugins: {…}`,
          ),
    ),
  ];
}
