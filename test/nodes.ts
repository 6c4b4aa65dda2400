/** Laws over the source as TypeScript reads it. */
import ts from 'typescript';

/** The nodes of a file that `isIt` finds, as `path: text`. */
export const nodesOf = (path: string, text: string, isIt: (node: ts.Node) => boolean): readonly string[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isIt(node)) found.push(`${path}: ${node.getText(file)}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};
