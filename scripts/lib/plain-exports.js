import { parse } from 'acorn';
import { simple } from 'acorn-walk';

/** Where a variable is given another value, by the kind of node: what is assigned to. */
const targets = {
  AssignmentExpression: ({ left }) => left,
  UpdateExpression: ({ argument }) => argument,
  ForInStatement: ({ left }) => left,
  ForOfStatement: ({ left }) => left,
};

/**
 * Has a module export what never changes as members of one object. esbuild makes a getter of each, because it may change;
 * they share their code, so that V8 remembers of none what it gives, and each call of a function of another chunk goes
 * through one. What is given another value anywhere keeps its getter.
 * @param code what esbuild made of an ES module: CommonJS that nothing requires before it has run to its end
 */
export function withPlainExports(code) {
  const program = parse(code, { ecmaVersion: 'latest' });
  const { body } = program;
  const listed = body.find((statement) => isCall(statement, '__export'));
  if (!listed) return code;
  const given = body.find(
    ({ expression }) => expression?.right && isCallOf(expression.right, '__toCommonJS'),
  );
  const changing = reassigned(program);
  const members = listed.expression.arguments[1].properties.map(({ key, value: { body } }) => {
    const [name, value] = [key, body].map(({ start, end }) => code.slice(start, end));
    const isConstant = body.type === 'Identifier' && !changing.has(value);
    return isConstant ? `${name}:${value}` : `get ${name}(){return ${value}}`;
  });
  const [before, between, after] = [[0, listed.start], [listed.end, given.start], [given.end]].map(
    ([start, end]) => code.slice(start, end),
  );
  return `${before}${between}${after};module.exports={__esModule:!0,${members.join(',')}};`;
}

const isCall = ({ expression }, name) => expression !== undefined && isCallOf(expression, name);
const isCallOf = ({ type, callee }, name) => type === 'CallExpression' && callee.name === name;

/** Names of variables that are given another value, of whatever scope: all of the module's are among them. */
function reassigned(program) {
  const names = new Set();
  const note = (target) =>
    simple(target, { VariablePattern: ({ name }) => names.add(name) }, undefined, undefined, 'Pattern');
  simple(
    program,
    Object.fromEntries(Object.entries(targets).map(([type, of]) => [type, (node) => note(of(node))])),
  );
  return names;
}
