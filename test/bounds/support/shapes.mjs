// Prints whether two objects of one literal have the same hidden class once its code is optimized. Runs with
// --allow-natives-syntax.
import { withSharedShapes } from '../../../scripts/lib/shared-shapes.js';

const literal = withSharedShapes('(call)=>({...call,held:true})');
const same = new Function(
  'call',
  `const hold=${literal};for(let times=0;times<100_000;times+=1)hold(call);return %HaveSameMap(hold(call),hold(call))`,
);
process.stdout.write(String(same({ id: 's-1', parties: [] })));
