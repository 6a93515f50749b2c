// A module of its own, because a bundle gives a CommonJS package that is imported dynamically no named exports.
export { SDK } from '@ringcentral/sdk/lib/SDK.js';
